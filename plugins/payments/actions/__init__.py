"""What can be done with benefits, batches, payments and the tables that come from outside."""
