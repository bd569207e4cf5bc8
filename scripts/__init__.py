"""The scripts of this project. The Python behind them is in scripts.local and scripts.kill."""
