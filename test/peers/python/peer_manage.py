"""nova-manage, a process a command: forked from this one, which has nova loaded already."""

import os
import sys
import tempfile
import traceback

from nova.cmd import manage


def run(args):
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        pid = os.fork()
        if pid == 0:
            os.dup2(out.fileno(), 1)
            os.dup2(err.fileno(), 2)
            sys.stdout = os.fdopen(1, 'w', encoding='utf-8')
            sys.stderr = os.fdopen(2, 'w', encoding='utf-8')
            sys.argv = ['nova-manage'] + args
            code = 254
            try:
                code = manage.main() or 0
            except SystemExit as stop:
                code = stop.code if isinstance(stop.code, int) else 1
            except BaseException:
                traceback.print_exc()
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code & 255)
        _pid, status = os.waitpid(pid, 0)
        out.seek(0)
        err.seek(0)
        return {'code': os.waitstatus_to_exitcode(status),
                'out': out.read().decode(), 'err': err.read().decode()}


COMMANDS = ('run',)
