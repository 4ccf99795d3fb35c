"""nova.objects' side of bench/objects.ts: nova_objects.py SECONDS, with an Instance's primitive on stdin."""

import json
import sys
import time

from nova import context as nova_context
from nova import objects
from nova.objects import base

objects.register_all()


def microseconds_of(work, seconds):
    def times(count):
        start = time.process_time()
        for _ in range(count):
            work()
        return (time.process_time() - start) / count
    return times(max(1, int(seconds / times(20)))) * 1e6


def main(seconds):
    primitive = json.load(sys.stdin)
    context = nova_context.get_admin_context()

    def read():
        return base.NovaObject.obj_from_primitive(primitive, context)

    instance = read()
    print(json.dumps({
        'read': microseconds_of(read, seconds),
        'write': microseconds_of(instance.obj_to_primitive, seconds),
        'again': instance.obj_to_primitive(),
    }))


main(float(sys.argv[1]))
