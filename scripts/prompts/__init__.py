"""The clips of the hotline: placeholders rendered by machine, replaced by people's recordings."""
