"""What can be done with complaints: filing, handling, ending, and keeping away those whom they accuse."""
