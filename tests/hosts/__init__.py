"""``make hosts``: the service on hosts of its own, made of network namespaces.

``python -m tests.hosts sentinel`` (or ``rabbitmq``) starts itself again in a namespace of
processes and of the network. Hosts are nameless namespaces, each held by a process: with
the last process everything is gone, however the run ends.
"""
