"""The fault laboratory: interrupts a service's database at a chosen moment and checks what the service promised."""
