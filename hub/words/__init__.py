"""Words: records and plain functions that know nothing else of the hub; every floor may use them."""
