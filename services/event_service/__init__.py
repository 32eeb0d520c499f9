"""Events over HTTP, to RabbitMQ, to a worker, to their outcomes."""
