/*
 * Runs a command and says what it used:  measure FILE COMMAND [ARGUMENT…]
 * FILE gets one line: wall seconds, CPU seconds, peak resident KiB, exit status (128 + signal).
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int main(int count, char **arguments) {
    if (count < 3) return fputs("usage: measure FILE COMMAND [ARGUMENT...]\n", stderr), 1;
    struct timespec from, to;
    clock_gettime(CLOCK_MONOTONIC, &from);
    const pid_t child = fork();
    if (child < 0) return perror("fork"), 1;
    if (child == 0) {
        execvp(arguments[2], arguments + 2);
        perror(arguments[2]);
        _exit(127);
    }
    int status;
    struct rusage used;
    if (wait4(child, &status, 0, &used) < 0) return perror("wait4"), 1;
    clock_gettime(CLOCK_MONOTONIC, &to);
    FILE *out = fopen(arguments[1], "w");
    if (out == NULL) return perror(arguments[1]), 1;
#ifdef __APPLE__
    const long peak_kib = used.ru_maxrss / 1024;
#else
    const long peak_kib = used.ru_maxrss;
#endif
    fprintf(out, "%.6f %.6f %ld %d\n", to.tv_sec - from.tv_sec + (to.tv_nsec - from.tv_nsec) / 1e9,
            used.ru_utime.tv_sec + used.ru_stime.tv_sec + (used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6, peak_kib,
            WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
    return fclose(out) == 0 ? 0 : (perror(arguments[1]), 1);
}
