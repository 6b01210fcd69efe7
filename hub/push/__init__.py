"""From a fact to a message on somebody's phone: dispatcher, deliveries, workers, callbacks, and the balance over them."""
