"""oslo.messaging's side of bench/rpc.ts: oslo_rpc.py server|client URL

The client reads a line {"kind": "call"|"cast", "count": n, "inFlight": n, "payload": {...}} for each load.
"""

import concurrent.futures
import json
import logging
import sys

from oslo_config import cfg
import oslo_messaging


class Endpoint(object):
    target = oslo_messaging.Target(version='1.0')
    noted = 0

    def echo(self, ctxt, payload):
        return payload

    def note(self, ctxt, payload):
        Endpoint.noted += 1

    def count(self, ctxt):
        return Endpoint.noted


def load(client, kind, count, inFlight, payload):
    if kind == 'call':
        with concurrent.futures.ThreadPoolExecutor(inFlight) as pool:
            for _ in pool.map(lambda n: client.call({}, 'echo', payload=payload), range(count)):
                pass
        return
    until = client.call({}, 'count') + count
    for _ in range(count):
        client.cast({}, 'note', payload=payload)
    while client.call({}, 'count') < until:
        pass


def await_server(client):
    """A server that has started may not hear yet."""
    for _ in range(10):
        try:
            return client.prepare(timeout=1).call({}, 'count')
        except oslo_messaging.MessagingTimeout:
            pass


def main(role, url):
    conf = cfg.CONF
    conf([])
    # It says each time that more than 30 calls are in flight: they take turns.
    logging.disable(logging.WARNING)
    oslo_messaging.set_transport_defaults(control_exchange='bench')
    transport = oslo_messaging.get_rpc_transport(conf, url=url)
    target = oslo_messaging.Target(topic='oslo', version='1.0')
    if role == 'server':
        server = oslo_messaging.get_rpc_server(
            transport, oslo_messaging.Target(topic='oslo', server='one'), [Endpoint()],
            executor='threading')
        server.start()
        print('ready', flush=True)
        sys.stdin.read()
    else:
        client = oslo_messaging.get_rpc_client(transport, target)
        await_server(client)
        print('ready', flush=True)
        for line in sys.stdin:
            load(client, **json.loads(line))
            print('done', flush=True)


main(*sys.argv[1:])
