"""The ports' rows in SQL: statements are constants, the tenant stands first in each."""
