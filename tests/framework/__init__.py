"""What tests of every kind stand on; it knows the application only through its public doors."""
