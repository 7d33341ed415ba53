"""The limits a worker puts on itself before it sees the first byte of a message.

What is loaded late must be loaded before (`preload`). After `confine` the process can compute,
map memory and talk over descriptors it already holds; it cannot open a file, reach the network,
start a program or another thread, or signal anybody.
"""

from __future__ import annotations

import errno
import fcntl
import os
import resource
import signal

import seccomp

# What CPython, OpenSSL and our own code need once everything is loaded. Anything else fails with
# EPERM, so that an innocent probe by a library does not end the worker.
_ALLOWED = (
    "read", "write", "readv", "writev", "pread64", "pwrite64", "lseek", "close", "fstat", "newfstatat", "ftruncate",
    "dup",
    "recvmsg", "sendmsg", "recvfrom", "sendto", "poll", "ppoll", "select", "pselect6", "mmap", "munmap", "mremap", "mprotect",
    "madvise", "brk", "memfd_create", "futex", "getrandom", "clock_gettime", "clock_getres", "gettimeofday", "time", "nanosleep",
    "clock_nanosleep", "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigaltstack", "getpid", "gettid", "getuid", "geteuid",
    "getgid", "getegid", "getppid", "sched_yield", "sched_getaffinity", "getrusage", "times", "uname", "sysinfo", "exit",
    "exit_group", "restart_syscall", "set_robust_list", "rseq", "getcpu", "membarrier",
)
# fcntl can also make the kernel signal another process when data arrives (F_SETOWN, F_SETSIG).
_ALLOWED_FCNTL = (fcntl.F_GETFD, fcntl.F_SETFD, fcntl.F_GETFL, fcntl.F_SETFL, fcntl.F_DUPFD_CLOEXEC, fcntl.F_ADD_SEALS,
                  fcntl.F_GET_SEALS)
_DESCRIPTORS = 64


def confine(*, memory_limit: int, cpu_limit: int) -> None:
    """Close every door. `memory_limit` in bytes, `cpu_limit` in seconds for the worker's whole life."""
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    os.umask(0o077)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (memory_limit, memory_limit))
    # Anonymous files are memory as well, and count as files.
    resource.setrlimit(resource.RLIMIT_FSIZE, (memory_limit, memory_limit))
    resource.setrlimit(resource.RLIMIT_NOFILE, (_DESCRIPTORS, _DESCRIPTORS))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_limit, cpu_limit))
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
    _filter_system_calls()


def _filter_system_calls() -> None:
    rules = seccomp.SyscallFilter(seccomp.ERRNO(errno.EPERM))
    for name in _ALLOWED:
        rules.add_rule(seccomp.ALLOW, name)
    for command in _ALLOWED_FCNTL:
        rules.add_rule(seccomp.ALLOW, "fcntl", seccomp.Arg(1, seccomp.EQ, command))
    rules.load()
