"""Attacks by processes and threads: to start some, to outlive, to disturb others."""

from attacks.attack import claim, claimed, group, harms

from sandbox import Limits

_RUN = {
    "!system": "os.system('touch $folder/ran')",
    "!subprocess": "import subprocess; subprocess.run(['touch', '$folder/ran'])",
    "!posix_spawn": """
        arguments = ['sh', '-c', 'touch $folder/ran']
        os.waitpid(os.posix_spawn('/bin/sh', arguments, {'PATH': '/bin:/usr/bin'}), 0)
        """,
    "!exec in place": "os.execv('/bin/sh', ['sh', '-c', ': > $folder/ran'])",
    "!exec of a descriptor": """
        os.execve(os.open('/bin/sh', 0), ['sh', '-c', ': > $folder/ran'], {})
        """,
    "exec of memory": """
        d = os.memfd_create('x', 0)
        os.write(d, b'#!/bin/sh\\n: > $folder/ran\\n')
        os.execve(d, ['x'], {})
        """,
    "!script of one's own": """
        open('$folder/run', 'w').write('#!/bin/sh\\n: > $folder/ran\\n')
        os.chmod('$folder/run', 0o700)
        os.spawnl(os.P_WAIT, '$folder/run', 'run')
        """,
    "!multiprocessing": """
        import multiprocessing
        p = multiprocessing.get_context('fork').Process(
            target=os.mkdir, args=('$folder/ran',)
        )
        p.start()
        p.join()
        """,
}
_START = {
    "!fork": """
        pid = os.fork()
        if pid == 0:
            os._exit(7)
        assert os.waitpid(pid, 0)[1] == 7 << 8
        """,
    "!raw clone": """
        pid = sys_(NR['clone'], 17, 0, 0, 0, 0)
        if pid == 0:
            libc._exit(7)
        assert os.waitpid(pid, 0)[1] == 7 << 8
        """,
    "clone3": """
        told = struct.pack('<8Q', 0, 0, 0, 0, 17, 0, 0, 0)
        pid = sys_(435, told, 64)
        if pid == 0:
            libc._exit(7)
        assert os.waitpid(pid, 0)[1] == 7 << 8
        """,
    "!pthread_create": """
        thread = ctypes.c_ulong()
        code = libc.pthread_create(ctypes.byref(thread), None, libc.getpid, None)
        assert code == 0
        libc.pthread_join(thread, None)
        """,
    "!bomb of processes": """
        pids = []
        for _ in range(20):
            pids.append(os.fork())
            if pids[-1] == 0:
                time.sleep(5)
                os._exit(0)
        for pid in pids:
            os.kill(pid, 9)
            os.waitpid(pid, 0)
        """,
    "!no death with the host": """
        ok(libc.prctl(1, *wide((0, 0, 0, 0))))
        """,
    "trace another": "ok(libc.ptrace(0x4206, *wide(($bystander, 0, 0))))",
    "real-time priority": "os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))",
    "higher priority": "os.setpriority(os.PRIO_PROCESS, 0, -5)",
    "more CPU time": """
        import resource
        resource.setrlimit(resource.RLIMIT_CPU, (9999, 9999))
        """,
}
_THREADS = {
    "!thread": """
        import _thread
        ran = []
        _thread.start_new_thread(ran.append, (1,))
        while not ran:
            time.sleep(0.001)
        """,
    "!bomb of threads": """
        import _thread
        stop = _thread.allocate_lock()
        stop.acquire()
        _thread.stack_size(65536)
        for _ in range(200):
            _thread.start_new_thread(stop.acquire, ())
        """,
}
_LEAVE = {
    "!daemon": """
        pid = os.fork()
        if pid == 0:
            os.setsid()
            if os.fork() == 0:
                time.sleep(5)
            os._exit(0)
        os.waitpid(pid, 0)
        """,
    "!daemon of a crash": """
        r, w = os.pipe()
        if os.fork() == 0:
            os.setsid()
            os.write(w, b'x')
            time.sleep(5)
            os._exit(0)
        os.read(r, 1)
        os._exit(1)
        """,
    "!daemon without a signal to end it": """
        import signal
        for n in range(1, 32):
            if n not in (9, 19):
                signal.signal(n, signal.SIG_IGN)
        r, w = os.pipe()
        if os.fork() == 0:
            os.setsid()
            os.write(w, b'x')
            time.sleep(5)
            os._exit(0)
        os.read(r, 1)
        """,
}
_DISTURB = {
    "!priority of another": "os.setpriority(os.PRIO_PROCESS, $bystander, 19)",
    "processor of another": """
        mine = min(os.sched_getaffinity($bystander))
        os.sched_setaffinity($bystander, {mine})
        """,
    "!limits of another": """
        import resource
        resource.prlimit($bystander, resource.RLIMIT_NOFILE, (9, 9))
        """,
    "!output of another": "open('/proc/$bystander/fd/1', 'w').write('hello')",
    "!score of another for the killer": """
        open('/proc/$bystander/oom_score_adj', 'w').write('1000')
        """,
}
_RIVAL = {
    "!replies of another reward": """
        reply = struct.pack('$reply', 2, 0, 99, 1, 0)
        for name in os.listdir('/proc/$rival/fd'):
            try:
                d = os.open(f'/proc/$rival/fd/{name}', os.O_WRONLY | os.O_NONBLOCK)
                os.write(d, reply)
            except OSError:
                pass
        """,
    "!requests of another reward": """
        for name in os.listdir('/proc/$rival/fd'):
            try:
                d = os.open(f'/proc/$rival/fd/{name}', os.O_WRONLY | os.O_NONBLOCK)
                os.write(d, struct.pack('<qq', 99, 1))
            except OSError:
                pass
        """,
}

BRIEF = Limits(call_s=1.0)

ATTACKS = {
    **group("processes", harms("files"), _RUN, claim),
    **group("processes", claimed, _START, claim),
    **group("processes", claimed, _THREADS, claim, kinds=frozenset({"threads"})),
    **group("processes", harms("left"), _LEAVE, claim, limits=BRIEF),
    **group("processes", harms("bystander"), _DISTURB, claim),
    **group("processes", harms("rival"), _RIVAL, claim),
}
