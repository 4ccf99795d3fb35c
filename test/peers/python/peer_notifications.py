"""nova.notifications: what nova tells of the same things, and a listener to what we tell."""

import threading
import time

from nova.compute import utils as compute_utils
from nova import config
from nova import context as nova_context
from nova import exception
from nova.notifications import base as notifications_base
from nova.notifications.objects import base as notification_base
from nova.notifications.objects import flavor as flavor_payload
from nova.notifications.objects import service as service_payload
from nova import objects
from nova.objects import base
from nova.objects import fields
from nova import rpc
import oslo_messaging

CONF = config.CONF

COMMANDS = ('open', 'classes', 'tell', 'listen', 'heard')


def open(url, exchange):
    config.parse_args(['nova-compute'], default_config_files=[], configure_db=False)
    CONF.set_override('transport_url', url)
    CONF.set_override('host', 'host-of-it')
    CONF.set_override('api_servers', ['http://glance'], 'glance')
    CONF.set_override('notification_format', 'both', 'notifications')
    rpc.set_defaults(exchange)
    objects.register_all()
    rpc.init(CONF)


def _nullable(cls):
    return {name: bool(field.nullable) for name, field in cls.fields.items()}


def classes():
    """The payloads that nova registers: version, and which fields may be null."""
    return {cls.obj_name(): {'version': cls.VERSION, 'fields': _nullable(cls)}
            for cls in base.NovaObjectRegistry.notification_classes
            if cls.obj_name().endswith('Payload')}


class Kept(object):
    """Stands in for oslo.messaging's notifier, and keeps what it is given."""

    def __init__(self, told, form, publisher_id=None):
        self.told, self.form, self.publisher_id = told, form, publisher_id

    def is_enabled(self):
        return True

    def prepare(self, publisher_id):
        return Kept(self.told, self.form, publisher_id)

    def __getattr__(self, priority):
        def keep(ctxt, event_type, payload):
            self.told.append({
                'form': self.form, 'publisherId': self.publisher_id,
                'eventType': event_type, 'priority': priority.upper(),
                'payload': rpc.JsonPayloadSerializer().serialize_entity(ctxt, payload)})
        return keep


def _raised():
    """nova tells of errors that were raised, and where."""
    try:
        raise exception.NoValidHost(reason='nowhere')
    except exception.NoValidHost as error:
        return error


def _object(primitive):
    return base.NovaObject.obj_from_primitive(primitive, None)


def _instance_args(subject, event):
    action, _, phase = event.partition('.')[2].partition('.')
    error = _raised() if phase == 'error' else None
    return action, phase or None, error


def _instance(ctxt, event, subject):
    action, phase, error = _instance_args(subject, event)
    instance = subject['instance']
    host = CONF.host
    utils = compute_utils
    source = subject.get('source', 'nova-compute')
    if action == 'create':
        utils.notify_about_instance_create(ctxt, instance, host, phase, error)
    elif action in ('rebuild', 'rebuild_scheduled'):
        utils.notify_about_instance_rebuild(ctxt, instance, host, action, phase, source, error)
    elif action == 'rescue':
        utils.notify_about_instance_rescue_action(
            ctxt, instance, host, subject['rescueImageRef'], phase, error)
    elif action == 'snapshot':
        utils.notify_about_instance_snapshot(ctxt, instance, host, phase, subject['imageId'])
    elif action == 'resize_prep':
        utils.notify_about_resize_prep_instance(ctxt, instance, host, phase, subject['newFlavor'])
    elif action == 'volume_swap':
        utils.notify_about_volume_swap(
            ctxt, instance, host, phase, subject['oldVolumeId'], subject['newVolumeId'], error)
    elif action in ('volume_attach', 'volume_detach'):
        utils.notify_about_volume_attach_detach(
            ctxt, instance, host, action, phase, subject['volumeId'], error)
    elif action == 'exists':
        utils.notify_usage_exists(
            rpc.get_notifier('compute', host), ctxt, instance, host,
            current_period=subject['isCurrent'])
    elif action == 'update':
        before = dict(subject['before'])
        notifications_base.send_update_with_states(
            ctxt, instance, before['vmState'], instance.vm_state,
            before['taskState'], instance.task_state, 'compute', host)
    else:
        utils.notify_about_instance_action(ctxt, instance, host, action, phase, source, error)
    suffix = subject.get('suffix')
    if suffix:
        utils.notify_about_instance_usage(
            rpc.get_notifier('compute', host), ctxt, instance, suffix,
            network_info=instance.get_network_info() if subject['networks'] else None,
            extra_usage_info=subject['extra'], fault=error)


def _aggregate(ctxt, event, subject):
    action, phase, _error = _instance_args(subject, event)
    if phase == 'progress':
        compute_utils.notify_about_aggregate_cache(
            ctxt, subject['aggregate'], subject['host'], subject['images'],
            subject['index'], subject['total'])
    else:
        compute_utils.notify_about_aggregate_action(ctxt, subject['aggregate'], action, phase)


def _keypair(ctxt, event, subject):
    action, phase, _error = _instance_args(subject, event)
    compute_utils.notify_about_keypair_action(ctxt, subject['keypair'], action, phase)


def _flavor(ctxt, event, subject):
    flavor_payload.FlavorNotification(
        publisher=notification_base.NotificationPublisher(host=CONF.host, source='nova-api'),
        event_type=notification_base.EventType(object='flavor', action=event.split('.')[1]),
        priority=fields.NotificationPriority.INFO,
        payload=flavor_payload.FlavorPayload(subject['flavor'])).emit(ctxt)


def _service(ctxt, event, subject):
    service = subject['service']
    service_payload.ServiceStatusNotification(
        publisher=notification_base.NotificationPublisher.from_service_obj(service),
        event_type=notification_base.EventType(object='service', action=event.split('.')[1]),
        priority=fields.NotificationPriority.INFO,
        payload=service_payload.ServiceStatusPayload(service)).emit(ctxt)


def _server_group(ctxt, event, subject):
    if event.endswith('add_member'):
        saved = objects.InstanceGroup.get_by_uuid
        objects.InstanceGroup.get_by_uuid = lambda *_args: subject['group']
        try:
            compute_utils.notify_about_server_group_add_member(ctxt, 'any')
        finally:
            objects.InstanceGroup.get_by_uuid = saved
    else:
        compute_utils.notify_about_server_group_action(
            ctxt, subject['group'], event.split('.')[1])


def _scheduler(ctxt, event, subject):
    action, phase, _error = _instance_args(subject, event)
    compute_utils.notify_about_scheduler_action(ctxt, subject['requestSpec'], action, phase)


def _compute_task(ctxt, event, subject):
    action = event.split('.')[1]
    compute_utils.notify_about_compute_task_error(
        ctxt, action, subject['instanceUuid'], subject['requestSpec'], subject['state'],
        _raised())


def _metrics(ctxt, event, subject):
    metrics = objects.MonitorMetricList(objects=subject['metrics'])
    compute_utils.notify_about_metrics_update(
        ctxt, CONF.host, subject['hostIp'], subject['nodename'], metrics)


def _volume(ctxt, event, subject):
    usage = subject['usage']
    rpc.get_notifier('compute', CONF.host).info(ctxt, 'volume.usage', usage.to_dict())
    compute_utils.notify_about_volume_usage(ctxt, usage, CONF.host)


TELLERS = {'instance': _instance, 'aggregate': _aggregate, 'keypair': _keypair,
           'flavor': _flavor, 'service': _service, 'server_group': _server_group,
           'scheduler': _scheduler, 'compute_task': _compute_task, 'metrics': _metrics,
           'volume': _volume}


def _read(value):
    if isinstance(value, dict) and 'nova_object.name' in value:
        return _object(value)
    if isinstance(value, list):
        return [_read(item) for item in value]
    return value


def tell(event, context, subject):
    """What nova tells of it, in both forms."""
    told = []
    rpc.NOTIFIER, rpc.LEGACY_NOTIFIER = Kept(told, 'versioned'), Kept(told, 'unversioned')
    CONF.set_override('notify_on_state_change', 'vm_state', 'notifications')
    ctxt = nova_context.RequestContext.from_dict(context)
    TELLERS[event.split('.')[0]](ctxt, event, {k: _read(v) for k, v in subject.items()})
    return told


class Listener(object):
    def __init__(self):
        self.heard = []

    def _hear(self, priority):
        def hear(ctxt, publisher_id, event_type, payload, metadata):
            self.heard.append({
                'priority': priority, 'publisher_id': publisher_id, 'event_type': event_type,
                'payload': payload, 'metadata': metadata, 'context': ctxt})
        return hear

    def __getattr__(self, name):
        if name in ('info', 'error'):
            return self._hear(name)
        raise AttributeError(name)


listener = Listener()


def listen(topics):
    """oslo.messaging's own listener, as whatever reads notifications has it."""
    transport = oslo_messaging.get_notification_transport(CONF)
    oslo_messaging.get_notification_listener(
        transport, [oslo_messaging.Target(topic=topic) for topic in topics], [listener],
        executor='threading').start()


def heard(count):
    """The first so many that came, waited for."""
    deadline = time.time() + 20
    while len(listener.heard) < count and time.time() < deadline:
        threading.Event().wait(0.02)
    return listener.heard
