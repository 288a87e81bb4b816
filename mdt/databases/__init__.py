"""Database servers that a test may stop, kill and freeze: MySQL, MariaDB and PostgreSQL, from installed programs or containers."""
