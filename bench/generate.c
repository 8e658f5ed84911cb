/*
 * Writes captures for the benchmark, the same bytes on every run:
 *   generate FORMAT KIND BYTES FLOWS FILE
 *     FORMAT  pcap (microseconds) | pcap-ns | pcapng
 *     KIND    tcp: FLOWS connections that share BYTES, with handshakes, time stamps, ACKs and FINs
 *             small: requests and answers of eight bytes on FLOWS connections that stay open, until there are BYTES;
 *                  all records are equally long
 *             syn: SYNs from forged addresses until there are BYTES; FLOWS is not used
 *             dns: lookups through a search list, A and AAAA, until there are BYTES; FLOWS clients
 * Exit status 0: written; 1: it says why not.
 */
#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

enum { LINK_ETHERNET = 1, SNAP_LENGTH = 262144, MSS = 1448, CONCURRENT = 512 };
enum { FIN = 1, SYN = 2, PSH = 8, ACK = 16 };
enum format { PCAP, PCAP_NS, PCAPNG };

static FILE *out;
static enum format format;
static uint64_t written, time_ns = 1700000000123456789ull;
static uint32_t random_state = 12345;
static char letters[1 << 16];
static uint8_t frame[2048];

static uint32_t random32(void) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 17;
    return random_state ^= random_state << 5;
}

static void put(const void *bytes, size_t length) {
    if (fwrite(bytes, 1, length, out) != length) {
        perror("cannot write");
        exit(1);
    }
    written += length;
}

static void put32(uint32_t value) { put(&value, 4); }
static void set16(uint8_t *at, uint32_t value) { at[0] = value >> 8; at[1] = value; }
static void set32(uint8_t *at, uint32_t value) { set16(at, value >> 16); set16(at + 2, value); }

static void put_file_header(void) {
    if (format == PCAPNG) {
        /* Section header, then one Ethernet interface that counts nanoseconds (if_tsresol 9). */
        const uint32_t blocks[] = {0x0a0d0d0a, 28, 0x1a2b3c4d, 1, ~0u, ~0u, 28,
                                   1, 32, LINK_ETHERNET, SNAP_LENGTH, 9 | 1 << 16, 9, 0, 32};
        put(blocks, sizeof blocks);
        return;
    }
    const uint32_t header[] = {format == PCAP ? 0xa1b2c3d4 : 0xa1b23c4d, 2 | 4 << 16, 0, 0, SNAP_LENGTH, LINK_ETHERNET};
    put(header, sizeof header);
}

static void put_frame(uint32_t length) {
    static const uint8_t padding[4];
    time_ns += 200 + random32() % 9000;
    if (format == PCAPNG) {
        const uint32_t padded = (length + 3) & ~3u;
        const uint32_t block[] = {6, padded + 32, 0, time_ns >> 32, (uint32_t)time_ns, length, length};
        put(block, sizeof block);
        put(frame, length);
        put(padding, padded - length);
        put32(padded + 32);
        return;
    }
    const uint32_t fraction = time_ns % 1000000000;
    const uint32_t record[] = {time_ns / 1000000000, format == PCAP ? fraction / 1000 : fraction, length, length};
    put(record, sizeof record);
    put(frame, length);
}

static uint32_t sum16(const uint8_t *bytes, uint32_t length, uint32_t sum) {
    for (uint32_t i = 0; i + 1 < length; i += 2) sum += bytes[i] << 8 | bytes[i + 1];
    return length & 1 ? sum + (bytes[length - 1] << 8) : sum;
}

static uint32_t checksum(uint32_t sum) {
    while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
    return ~sum & 0xffff;
}

/* Puts Ethernet and IPv4 in front of `length` bytes at frame + 34, whose checksum field is at `sum_at`. */
static void put_ipv4(uint32_t source, uint32_t target, uint8_t protocol, uint16_t id, uint32_t length, int sum_at) {
    static const uint8_t ethernet[] = {2, 0x42, 10, 0, 0, 1, 2, 0x42, 10, 0, 0, 2, 8, 0};
    uint8_t *ip = frame + 14, *transport = frame + 34;
    memcpy(frame, ethernet, 14);
    memset(ip, 0, 20);
    ip[0] = 0x45;
    set16(ip + 2, 20 + length);
    set16(ip + 4, id);
    ip[6] = 0x40; /* don't fragment */
    ip[8] = 63;
    ip[9] = protocol;
    set32(ip + 12, source);
    set32(ip + 16, target);
    set16(ip + 10, checksum(sum16(ip, 20, 0)));
    set16(transport + sum_at, 0);
    set16(transport + sum_at, checksum(sum16(transport, length, sum16(ip + 12, 8, protocol + length))));
    put_frame(34 + length);
}

struct flow {
    uint32_t client, server, seq[2], echo[2];
    uint16_t client_port, server_port, id[2];
    uint32_t to_send; /* bytes of the answer that are left */
    int step, unacknowledged;
};

static void put_tcp(struct flow *f, int from_server, int flags, uint32_t payload) {
    uint8_t *tcp = frame + 34;
    const uint32_t now_ms = time_ns / 1000000;
    const int options = flags & SYN ? 20 : 12;
    set16(tcp, from_server ? f->server_port : f->client_port);
    set16(tcp + 2, from_server ? f->client_port : f->server_port);
    set32(tcp + 4, f->seq[from_server]);
    set32(tcp + 8, flags & ACK ? f->seq[!from_server] : 0);
    tcp[12] = (20 + options) / 4 << 4;
    tcp[13] = flags;
    set16(tcp + 14, flags & SYN ? 64240 : 502);
    set16(tcp + 18, 0);
    uint8_t *option = tcp + 20;
    if (flags & SYN) {
        static const uint8_t syn_options[] = {2, 4, 5, 180, 4, 2, 8, 10};
        memcpy(option, syn_options, 8);
        memcpy(tcp + 36, "\1\3\3\7", 4);
        option += 8;
    } else {
        memcpy(option, "\1\1\10\12", 4);
        option += 4;
    }
    set32(option, now_ms);
    set32(option + 4, f->echo[!from_server]);
    f->echo[from_server] = now_ms;
    memcpy(tcp + 20 + options, letters + random32() % (sizeof letters - MSS), payload);
    put_ipv4(from_server ? f->server : f->client, from_server ? f->client : f->server, IPPROTO_TCP, ++f->id[from_server],
             20 + options + payload, 16);
    f->seq[from_server] += payload + (flags & (SYN | FIN) ? 1 : 0);
}

static void open_flow(struct flow *f, uint32_t number, uint32_t answer_bytes) {
    *f = (struct flow){.client = 0x0af40100 + number % 64, .server = 0x0a600000 + number / 64 % 40,
                       .client_port = 32768 + number / 2560 % 28000, .server_port = 8080,
                       .seq = {random32(), random32()}, .id = {random32(), random32()}, .to_send = answer_bytes};
}

/* One packet further; false when the connection is closed. */
static int advance(struct flow *f) {
    switch (f->step) {
    case 0: put_tcp(f, 0, SYN, 0); break;
    case 1: put_tcp(f, 1, SYN | ACK, 0); break;
    case 2: put_tcp(f, 0, ACK, 0); break;
    case 3: put_tcp(f, 0, PSH | ACK, 180); break;
    case 4: {
        /* The client acknowledges every second segment and the last one. */
        if (f->unacknowledged == 2 || (f->to_send == 0 && f->unacknowledged > 0)) {
            put_tcp(f, 0, ACK, 0);
            f->unacknowledged = 0;
            return 1;
        }
        if (f->to_send == 0) {
            put_tcp(f, 1, FIN | ACK, 0);
            break;
        }
        const uint32_t length = f->to_send < MSS ? f->to_send : MSS;
        f->to_send -= length;
        f->unacknowledged++;
        put_tcp(f, 1, f->to_send == 0 ? PSH | ACK : ACK, length);
        return 1;
    }
    case 5: put_tcp(f, 0, FIN | ACK, 0); break;
    case 6: put_tcp(f, 1, ACK, 0); return 0;
    }
    f->step++;
    return 1;
}

static void put_connections(uint64_t bytes, uint32_t flows) {
    static struct flow slots[CONCURRENT];
    /* Eight packets without payload, a request, and for each segment its headers and half an ACK. */
    const double overhead = 8 * 82 + 262, per_segment = MSS + 82 + 41, each = (double)bytes / flows;
    const uint32_t answer = each < overhead + 200 ? 200 : (each - overhead) * (MSS / per_segment);
    uint32_t opened = 0, open = flows < CONCURRENT ? flows : CONCURRENT;
    while (opened < open) {
        open_flow(&slots[opened], opened, answer);
        opened++;
    }
    while (open > 0) {
        const uint32_t at = random32() % open;
        /* Segments travel in bursts. */
        for (int burst = 1 + random32() % 8; burst > 0; burst--) {
            if (advance(&slots[at])) continue;
            if (opened < flows) open_flow(&slots[at], opened++, answer);
            else slots[at] = slots[--open];
            break;
        }
    }
}

static void put_syn_flood(uint64_t bytes) {
    while (written < bytes) {
        struct flow f = {.client = random32(), .server = 0x0a600001, .client_port = 1024 + random32() % 64000,
                         .server_port = 80, .seq = {random32(), 0}, .id = {random32(), 0}};
        put_tcp(&f, 0, SYN, 0);
    }
}

static void put_small(uint64_t bytes, uint32_t flows) {
    struct flow *open = calloc(flows, sizeof *open);
    if (open == NULL) {
        perror("cannot remember so many flows");
        exit(1);
    }
    for (uint32_t number = 0; number < flows; number++) open_flow(&open[number], number, 0);
    while (written < bytes) {
        struct flow *f = &open[random32() % flows];
        if (f->step < 2) put_tcp(f, f->step, f->step == 0 ? SYN : SYN | ACK, 0);
        else put_tcp(f, f->step & 1, PSH | ACK, 8);
        f->step++;
    }
    free(open);
}

static uint32_t dns_name(uint8_t *at, uint32_t host, int suffix) {
    static const char *const suffixes[] = {"shop.svc.cluster.local", "svc.cluster.local", "cluster.local", ""};
    char text[96], *label = text;
    uint32_t length = 0;
    snprintf(text, sizeof text, "api-%u.example.com%s%s", host, *suffixes[suffix] ? "." : "", suffixes[suffix]);
    while (label != NULL) {
        char *dot = strchr(label, '.');
        const uint32_t bytes = dot == NULL ? strlen(label) : (uint32_t)(dot - label);
        at[length] = bytes;
        memcpy(at + length + 1, label, bytes);
        length += bytes + 1;
        label = dot == NULL ? NULL : dot + 1;
    }
    at[length] = 0;
    return length + 1;
}

static void put_dns(uint32_t client, uint16_t port, uint16_t id, uint32_t host, int suffix, int type, int is_answer) {
    static uint16_t ip_id;
    uint8_t *udp = frame + 34, *dns = udp + 8;
    const int found = suffix == 3;
    memset(dns, 0, 12);
    set16(dns, id);
    set16(dns + 2, !is_answer ? 0x0100 : found ? 0x8180 : 0x8183);
    dns[5] = 1;
    uint32_t length = 12 + dns_name(dns + 12, host, suffix);
    set16(dns + length, type);
    set16(dns + length + 2, 1);
    length += 4;
    if (is_answer && found && type == 1) {
        dns[7] = 1;
        memcpy(dns + length, "\xc0\x0c\0\1\0\1\0\0\0\x1e\0\4\xc6\x33\x64\7", 16);
        length += 16;
    }
    set16(udp, is_answer ? 53 : port);
    set16(udp + 2, is_answer ? port : 53);
    set16(udp + 4, 8 + length);
    put_ipv4(is_answer ? 0x0a60000a : client, is_answer ? client : 0x0a60000a, IPPROTO_UDP, ++ip_id, 8 + length, 6);
}

static void put_lookups(uint64_t bytes, uint32_t clients) {
    while (written < bytes) {
        const uint32_t client = 0x0af40100 + random32() % clients, host = random32() % 200;
        const uint16_t port = 32768 + random32() % 28000, id = random32();
        for (int suffix = 0; suffix < 4; suffix++) {
            for (int is_answer = 0; is_answer < 2; is_answer++) {
                put_dns(client, port, id + 2 * suffix, host, suffix, 1, is_answer);
                put_dns(client, port, id + 2 * suffix + 1, host, suffix, 28, is_answer);
            }
        }
    }
}

static int has_room(const char *path, uint64_t bytes) {
    struct statvfs disk;
    char folder[4096];
    snprintf(folder, sizeof folder, "%s", path);
    char *slash = strrchr(folder, '/');
    if (slash != NULL) *slash = 0;
    if (statvfs(slash == NULL ? "." : folder, &disk) != 0) return 1;
    return (uint64_t)disk.f_bavail * disk.f_frsize > 2 * bytes;
}

int main(int count, char **arguments) {
    if (count != 6) return fputs("usage: generate pcap|pcap-ns|pcapng tcp|small|syn|dns BYTES FLOWS FILE\n", stderr), 1;
    const char *kind = arguments[2], *path = arguments[5];
    const uint64_t bytes = strtoull(arguments[3], NULL, 10);
    const uint32_t flows = strtoul(arguments[4], NULL, 10);
    format = strcmp(arguments[1], "pcap") == 0 ? PCAP : strcmp(arguments[1], "pcapng") == 0 ? PCAPNG : PCAP_NS;
    if (!has_room(path, bytes)) return fprintf(stderr, "%s: twice %llu bytes are not free\n", path, (unsigned long long)bytes), 1;
    for (size_t i = 0; i < sizeof letters; i++) letters[i] = " etaoinshrdlucmf{}\":,0123456789"[random32() % 31];
    out = fopen(path, "wb");
    if (out == NULL) return perror(path), 1;
    setvbuf(out, NULL, _IOFBF, 1 << 20);
    put_file_header();
    if (strcmp(kind, "syn") == 0) put_syn_flood(bytes);
    else if (strcmp(kind, "small") == 0) put_small(bytes, flows);
    else if (strcmp(kind, "dns") == 0) put_lookups(bytes, flows);
    else put_connections(bytes, flows);
    return fclose(out) == 0 ? 0 : (perror(path), 1);
}
