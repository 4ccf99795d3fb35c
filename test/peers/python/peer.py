"""nova itself, driven over stdin: one JSON object a line, either way.

    {"do": "objects.read", "primitive": {...}}  ->  {"result": ...} or {"error": {...}}

usage: peer.py PART...      (the peer_PART.py beside this file; says "ready" when they are loaded)
"""

import importlib
import json
import os
import sys
import traceback

# What nova prints is not an answer.
answers = os.fdopen(os.dup(1), 'w', encoding='utf-8')
os.dup2(2, 1)


def say(value):
    answers.write(json.dumps(value) + '\n')
    answers.flush()


def failure(error):
    return {'class': type(error).__name__, 'module': type(error).__module__,
            'message': str(error),
            'kwargs': getattr(error, 'kwargs', None),
            'exc_type': getattr(error, 'exc_type', None),
            'trace': traceback.format_exc()}


def main(parts):
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    commands = {}
    for part in parts:
        module = importlib.import_module('peer_' + part)
        for name in module.COMMANDS:
            commands['%s.%s' % (part, name)] = getattr(module, name)
    say('ready')
    for line in sys.stdin:
        question = json.loads(line)
        try:
            say({'result': commands[question.pop('do')](**question)})
        except Exception as error:
            say({'error': failure(error)})


main(sys.argv[1:])
