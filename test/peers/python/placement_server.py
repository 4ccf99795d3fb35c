"""Placement itself, for one test process: its WSGI application on a port of its own.

    placement_server.py FOLDER

FOLDER is for its configuration and its database. One line of JSON on stdout says where it listens; then each line on
stdin forgets all providers and consumers and is answered with `{}`. It ends with its input. Any token is taken; `admin` is an administrator's.
"""

import json
import os
import sys
import threading
from wsgiref import simple_server

folder = sys.argv[1]

with open(os.path.join(folder, 'placement.conf'), 'w') as conf:
    conf.write(f"""
[DEFAULT]
log_file = {folder}/placement.log
[api]
auth_strategy = noauth2
[placement_database]
connection = sqlite:///{folder}/placement.sqlite
sync_on_startup = True
""")
os.environ['OS_PLACEMENT_CONFIG_DIR'] = folder

from placement import db_api  # noqa: E402
from placement import wsgi  # noqa: E402

application = wsgi.init_application()


class Handler(simple_server.WSGIRequestHandler):
    """Logs nothing."""

    def log_message(self, *_args):
        pass


class Server(simple_server.WSGIServer):
    """One request at a time, for its database is a file with one writer; the others wait."""

    request_queue_size = 128


server = Server(('127.0.0.1', 0), Handler)
server.set_app(application)
threading.Thread(target=server.serve_forever, daemon=True).start()

tables = (
    'allocations',
    'consumers',
    'inventories',
    'resource_provider_aggregates',
    'resource_provider_traits',
    'resource_providers',
)


def forget():
    with db_api.placement_context_manager.writer.get_engine().begin() as connection:
        # Children refer to their parents.
        connection.exec_driver_sql(
            'UPDATE resource_providers SET parent_provider_id = NULL, root_provider_id = id'
        )
        for table in tables:
            connection.exec_driver_sql(f'DELETE FROM {table}')


print(json.dumps({'port': server.server_port}), flush=True)
for _line in sys.stdin:
    forget()
    print('{}', flush=True)
