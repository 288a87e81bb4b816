"""The balancer: a proxy that answers by the next provider when one fails."""
