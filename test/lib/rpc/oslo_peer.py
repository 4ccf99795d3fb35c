"""The real oslo.messaging, driven over stdin by peer.test.ts: one JSON object a line, either way.

usage: oslo_peer.py server|client URL EXCHANGE TOPIC
"""

import json
import sys
import types

import oslo_messaging
from oslo_config import cfg

try:
    from nova import exception as nova_exception
except ImportError:
    # nova's classes as far as the wire is concerned
    nova_exception = types.ModuleType('nova.exception')

    class NovaException(Exception):
        code = 500
        msg_fmt = 'An unknown exception occurred.'

        def __init__(self, message=None, **kwargs):
            self.kwargs = kwargs
            self.kwargs.setdefault('code', self.code)
            super().__init__(message or self.msg_fmt % kwargs)

    class InstanceNotFound(NovaException):
        code = 404
        msg_fmt = 'Instance %(instance_id)s could not be found.'

    for cls in (NovaException, InstanceNotFound):
        cls.__module__ = 'nova.exception'
        setattr(nova_exception, cls.__name__, cls)
    sys.modules['nova'] = types.ModuleType('nova')
    sys.modules['nova.exception'] = nova_exception


class Endpoint(object):
    target = oslo_messaging.Target(version='1.5')

    def __init__(self):
        self.noted = []

    def echo(self, ctxt, **kwargs):
        return {'context': ctxt, 'args': kwargs}

    def note(self, ctxt, text):
        self.noted.append(text)

    def noted_so_far(self, ctxt):
        return self.noted

    def missing(self, ctxt, uuid):
        raise nova_exception.InstanceNotFound(instance_id=uuid)

    def value_error(self, ctxt):
        raise ValueError('not this one')

    def slow(self, ctxt, seconds):
        import time
        time.sleep(seconds)
        return 'slept'


def say(value):
    sys.stdout.write(json.dumps(value) + '\n')
    sys.stdout.flush()


def main(role, url, exchange, topic):
    conf = cfg.CONF
    conf([])
    oslo_messaging.set_transport_defaults(control_exchange=exchange)
    transport = oslo_messaging.get_rpc_transport(
        conf, url=url, allowed_remote_exmods=['nova.exception'])
    if role == 'server':
        server = oslo_messaging.get_rpc_server(
            transport, oslo_messaging.Target(topic=topic, server='python'),
            [Endpoint()], executor='threading')
        server.start()
        say('ready')
        sys.stdin.read()
        server.stop()
        server.wait()
    else:
        base = oslo_messaging.get_rpc_client(
            transport, oslo_messaging.Target(topic=topic, version='1.2'))
        say('ready')
        for line in sys.stdin:
            ask = json.loads(line)
            client = base.prepare(**ask.get('prepare', {}))
            send = client.call if ask['kind'] == 'call' else client.cast
            try:
                say({'result': send(ask.get('context', {}), ask['method'], **ask.get('args', {}))})
            except Exception as error:
                say({'error': type(error).__name__, 'module': type(error).__module__,
                     'args': [str(arg) for arg in error.args],
                     'kwargs': getattr(error, 'kwargs', None),
                     'exc_type': getattr(error, 'exc_type', None)})
    transport.cleanup()


main(*sys.argv[1:])
