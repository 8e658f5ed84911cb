/**
 * The program that looks into a node's network: `sh`, its builtins and `cat`; other programs of the image are used where
 * they are there. It only reads. Its output is in parts, each begun by a line "=== NAME …", the last one `end`.
 */

/** Time between the two readings of the counters: SYN retries come after 1, 2 and 4 s (RFC 6298, Linux). */
export const WINDOW_MS = 4000;

/** Whole settings of the node; those of an interface stand with it. */
export const SYSCTLS: readonly string[] = [
  'net.ipv4.ip_forward',
  'net.ipv4.conf.all.rp_filter',
  'net.ipv4.tcp_mtu_probing',
  'net.ipv6.conf.all.forwarding',
  'net.bridge.bridge-nf-call-iptables',
  'net.bridge.bridge-nf-call-ip6tables',
  'net.netfilter.nf_conntrack_count',
  'net.netfilter.nf_conntrack_max',
];

/** Bytes of one part; a part that is as long may have been cut. All of them together stay below what a command may print. */
export const MAX_PART_BYTES = 30_000;

/*
 * `get` reads a file without another process, for a node may have hundreds of interfaces; not below /proc/sys, where only
 * the first of several reads gets anything, and a shell reads byte by byte. A table of iptables is asked
 * for only where it exists: asking the older kind for another one would make it. Rules of kube-proxy and of network
 * plugins are many, and none of them is looked for; a chain's policy is a line ":CHAIN DROP".
 */
const SCRIPT = `window=$1; shift
part() { echo "=== $*"; }
get() { v=-; { read -r v < "$1"; } 2>/dev/null; [ -n "$v" ] || v=-; }
cut() { head -c ${MAX_PART_BYTES}; echo; }
count() {
  part counters "$1"; cat /proc/net/snmp /proc/net/netstat /proc/net/snmp6 2>/dev/null
  part conntrack "$1"; cat /proc/net/stat/nf_conntrack 2>/dev/null
  part traffic "$1"; for d in /sys/class/net/*; do
    line="\${d##*/}"
    for f in rx_packets tx_packets rx_dropped tx_dropped rx_errors tx_errors; do get "$d/statistics/$f"; line="$line $v"; done
    echo "$line"
  done | cut
  for save in iptables-save ip6tables-save; do
    command -v $save >/dev/null 2>&1 || continue
    part filter "$1" $save
    for table in raw mangle filter security; do
      $save -c -t $table 2>/dev/null | grep -E '^[*]|^:(PREROUTING|INPUT|FORWARD|OUTPUT|POSTROUTING) DROP|-j (DROP|REJECT)' | grep -vE -e '-A (KUBE-|cali-|CILIUM_|ANTREA)'
    done | cut
  done
  part legacy "$1"; cat /proc/net/ip_tables_names 2>/dev/null
  if command -v iptables-legacy-save >/dev/null 2>&1; then
    part filter "$1" iptables-legacy-save
    for table in $(cat /proc/net/ip_tables_names 2>/dev/null); do
      iptables-legacy-save -c -t $table 2>/dev/null | grep -E '^[*]|^:(PREROUTING|INPUT|FORWARD|OUTPUT|POSTROUTING) DROP|-j (DROP|REJECT)' | grep -vE -e '-A (KUBE-|cali-|CILIUM_|ANTREA)'
    done | cut
  fi
  if command -v nft >/dev/null 2>&1; then
    part nft "$1"
    nft -n list ruleset 2>/dev/null | grep -E '^table|^[[:space:]]*chain|type filter|[[:space:]](drop|reject)' | cut
  fi
}
part sysctls
cd /proc/sys; grep -s '' /dev/null ${SYSCTLS.map((name) => name.replaceAll('.', '/')).join(' ')}
part conf
grep -s '' net/ipv4/conf/*/forwarding net/ipv4/conf/*/rp_filter net/ipv6/conf/*/forwarding | cut
cd /
count first
part interfaces
for d in /sys/class/net/*; do
  n=\${d##*/}; kind=-; line=$n
  { while IFS== read -r key value; do [ "$key" = DEVTYPE ] && kind=$value; done < $d/uevent; } 2>/dev/null
  for f in ifindex iflink type mtu operstate flags master/ifindex brport/hairpin_mode; do get "$d/$f"; line="$line $v"; done
  echo "$line $kind"
done | cut
part programs; ip -o link show 2>/dev/null | grep -F -e '/xdp' -e ' xdp' -e xdpgeneric -e xdpoffload | head -n 100
tc qdisc show 2>/dev/null | grep -F clsact | head -n 100
part routes; ip -4 route show 2>/dev/null | cut
part routes6; ip -6 route show 2>/dev/null | cut
part udp; cat /proc/net/udp /proc/net/udp6 2>/dev/null | while read -r sl local rest; do echo "$local"; done | cut
if [ $# -gt 0 ]; then
  command -v iptables-save >/dev/null 2>&1 && { part services iptables; iptables-save -t nat 2>/dev/null | grep -F -e ':KUBE-SERVICES ' "$@" | cut; }
  command -v iptables-legacy-save >/dev/null 2>&1 && grep -qs '^nat$' /proc/net/ip_tables_names && { part services iptables; iptables-legacy-save -t nat 2>/dev/null | grep -F -e ':KUBE-SERVICES ' "$@" | cut; }
  command -v nft >/dev/null 2>&1 && { part services nft; nft list table ip kube-proxy 2>/dev/null | grep -F -e 'chain services' "$@" | cut; }
  part services ipvs; cat /proc/net/ip_vs 2>/dev/null | cut
fi
sleep $window
count last
part end`;

/** argv of the program. Services are looked for in kube-proxy's rules; their names are Kubernetes' own syntax. */
export function nodeProgram(
  services: readonly { readonly namespace: string; readonly name: string }[],
): string[] {
  const patterns = services.flatMap(({ namespace, name }) => ['-e', `${namespace}/${name}`]);
  return ['sh', '-c', SCRIPT, 'sh', String(WINDOW_MS / 1000), ...patterns];
}
