"""The fault laboratory: cuts a service's database at a chosen moment, and checks that what the service promised is kept."""
