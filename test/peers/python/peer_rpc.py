"""nova.rpc: a server of its own topic, and calls to any other."""

import threading
import time

from nova import config
from nova import context as nova_context
from nova import exception
from nova import objects
from nova.objects import base
from nova import rpc
import oslo_messaging

CONF = config.CONF

COMMANDS = ('open', 'serve', 'call', 'cast', 'noted', 'release')


class Endpoint(object):
    target = oslo_messaging.Target(version='1.5')

    def __init__(self):
        self.noted = []
        self.released = threading.Event()

    def echo(self, ctxt, **kwargs):
        return kwargs

    def whose(self, ctxt):
        return ctxt.to_dict()

    def note(self, ctxt, text):
        self.noted.append(text)

    def missing(self, ctxt, uuid):
        raise exception.InstanceNotFound(instance_id=uuid)

    def value_error(self, ctxt):
        raise ValueError('not this one')

    def rename(self, ctxt, instance, name):
        assert isinstance(instance, objects.Instance), instance
        instance.display_name = name
        return instance

    def slow(self, ctxt, seconds):
        time.sleep(seconds)
        return 'slept'

    def wait(self, ctxt):
        return self.released.wait(30)


endpoint = Endpoint()


def open(url, exchange):
    config.parse_args(['nova-compute'], default_config_files=[], configure_db=False)
    CONF.set_override('transport_url', url)
    rpc.set_defaults(exchange)
    objects.register_all()
    rpc.init(CONF)


def _serializer():
    return rpc.RequestContextSerializer(base.NovaObjectSerializer())


def serve(topic, server):
    oslo_messaging.get_rpc_server(
        rpc.TRANSPORT, oslo_messaging.Target(topic=topic, server=server), [endpoint],
        # nova's own is eventlet, for which it patches the whole process.
        executor='threading', serializer=_serializer(),
        access_policy=oslo_messaging.DefaultRPCAccessPolicy).start()


def _prepared(topic, prepare):
    client = rpc.get_client(
        oslo_messaging.Target(topic=topic, version='1.2'), serializer=base.NovaObjectSerializer())
    return client.prepare(**prepare)


def _asker():
    return nova_context.RequestContext(
        'u-77', 'p-1', is_admin=True, roles=['member'], user_name='grüße ✓ 𝄞',
        request_id='req-5e5d0c3e-7d60-4c8f-8e6c-3b8b5f4a6a01')


def call(topic, method, args=None, prepare=None):
    args = base.NovaObjectSerializer().deserialize_entity(_asker(), args or {})
    answer = _prepared(topic, prepare or {}).call(_asker(), method, **args)
    return base.NovaObjectSerializer().serialize_entity(_asker(), answer)


def cast(topic, method, args=None, prepare=None):
    _prepared(topic, prepare or {}).cast(_asker(), method, **(args or {}))


def noted():
    return endpoint.noted


def release():
    endpoint.released.set()
