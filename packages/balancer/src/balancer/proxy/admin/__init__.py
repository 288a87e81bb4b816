"""What operators see and do: providers, reload, metrics, log lines and the live page."""
