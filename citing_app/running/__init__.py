"""Machinery that knows no use case: jobs, the device and who waits for it, what a killed app left behind."""
