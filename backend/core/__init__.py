"""The foundation of every module; it imports none of them."""
