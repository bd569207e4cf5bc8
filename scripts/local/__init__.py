"""One machine: its servers, its settings and the processes of scripts/run."""
