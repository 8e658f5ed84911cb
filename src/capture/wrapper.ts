/**
 * The shell script around tcpdump on the far side. It makes sure that nothing stays behind:
 * a line on standard input ends tcpdump with TERM, so that it writes out what it has and prints its
 * counters; the end of standard input (the client is gone) ends it with TERM and, two seconds later,
 * KILL, for a tcpdump that is blocked on a full pipe does not react to TERM; a deadline ends it in
 * any case, for a connection that is half dead delivers no end; a client that merely holds the stream
 * back at that moment has a minute to take the rest. "netdebug-exit STATUS" on standard
 * error is the trailer; then the script waits for the client to close standard input, so that the
 * server does not cut off output that is still on its way.
 *
 * The helpers must not hold standard output and error, or the stream would stay open for them.
 */
const script = `exec 3<&0; n=$1; shift
"$@" 3<&- & t=$!
fin() { kill -TERM $t; i=0; while kill -0 $t && [ $i -lt 20 ]; do sleep 0.1; i=$((i+1)); done; kill -KILL $t; }
( if read -r x <&3; then kill -TERM $t; read -r x <&3; fi; fin ) >/dev/null 2>&1 & r=$!
( sleep $n & z=$!; trap 'kill $z; exit' TERM; wait $z; kill -TERM $t; sleep 60 & z=$!; wait $z; kill -KILL $t $r ) >/dev/null 2>&1 3<&- & w=$!
wait $t; s=$?
echo "netdebug-exit $s" >&2
wait $r; kill $w 2>/dev/null
exit $s`;

/** argv that runs a command under the guard for at most so many seconds. */
export function wrapped(seconds: number, command: readonly string[]): string[] {
  return ['sh', '-c', script, 'sh', String(Math.max(1, Math.ceil(seconds))), ...command];
}
