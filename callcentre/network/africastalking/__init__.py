"""Africa's Talking as its developers' documentation describes it, for this network."""
