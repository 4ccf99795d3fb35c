"""One process of Python's nova, or its placement.

usage: run.py api|compute|conductor|manage|scheduler [its arguments]
       run.py placement PORT FILE
"""

import importlib
import os
import sys


def placement(port, conf):
    """Its WSGI application on a port of this machine, for as many requests at once as come."""
    import socketserver
    import wsgiref.simple_server as simple

    os.environ['OS_PLACEMENT_CONFIG_DIR'] = os.path.dirname(os.path.abspath(conf))
    from placement import wsgi

    class Server(socketserver.ThreadingMixIn, simple.WSGIServer):
        daemon_threads = True
        request_queue_size = 64

    class Handler(simple.WSGIRequestHandler):
        def log_message(self, *args):
            pass  # placement has a log of its own

    simple.make_server('127.0.0.1', int(port), wsgi.init_application(),
                       server_class=Server, handler_class=Handler).serve_forever()


def main(program, *args):
    if program == 'placement':
        return placement(*args)
    sys.argv = ['nova-' + program, *args]
    return importlib.import_module('nova.cmd.' + program).main()


sys.exit(main(*sys.argv[1:]))
