"""The law looked at: its checks, its readings, its passages, its codes."""
