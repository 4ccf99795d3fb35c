"""Placement itself, for one test process: its WSGI application on a port of its own.

    placement_server.py FOLDER [DATABASE_URL]

FOLDER is for its configuration, and for its database (SQLite) where no URL is given. One line of JSON on stdout says
where it listens; then each line on stdin forgets all providers and consumers and is answered with `{}`. It ends with
its input. Any token is taken; `admin` is an administrator's.
"""

import json
import os
import socketserver
import sys
import threading
from wsgiref import simple_server

folder = sys.argv[1]
database = sys.argv[2] if len(sys.argv) > 2 else f'sqlite:///{folder}/placement.sqlite'

with open(os.path.join(folder, 'placement.conf'), 'w') as conf:
    conf.write(f"""
[DEFAULT]
log_file = {folder}/placement.log
[api]
auth_strategy = noauth2
[placement_database]
connection = {database}
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


class Server(socketserver.ThreadingMixIn, simple_server.WSGIServer):
    daemon_threads = True
    request_queue_size = 128


# SQLite has one writer: there requests take turns.
kind = Server if not database.startswith('sqlite') else simple_server.WSGIServer
server = kind(('127.0.0.1', 0), Handler)
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
