"""A worker on a cluster that dies, sees no faces or has other libraries, as environment variables say."""

import os
import signal

from bonaface.study.engine import serving


class Fatal(serving.Serving):
    def __init__(self, plan):
        super().__init__(plan)
        if "BLIND" in os.environ:
            begin = self._carried.begin
            self._carried.begin = lambda subject, content, held: (
                False if content is None and not subject.why else begin(subject, content, held)
            )

    def standing(self):
        host, there = super().standing()
        return host, there | ({"numpy": "0.1"} if "OTHER" in os.environ else {})

    def do(self, chunk, content, held):
        if "ONCE" in os.environ and chunk.tries == 0 and chunk.subject.name == "person2":
            os.kill(os.getpid(), signal.SIGKILL)
        for task in chunk.tasks:
            if "FATAL" in os.environ and task.about["restorer"] == "lanczos" and chunk.subject.name == "person1":
                os.kill(os.getpid(), signal.SIGKILL)
        yield from super().do(chunk, content, held)
