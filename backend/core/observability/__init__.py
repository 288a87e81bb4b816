"""What operators see: logs, masked, and metrics."""
