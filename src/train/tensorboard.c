#define _GNU_SOURCE /* strptime() */

#include "tensorboard.h"
#include "protobuf.h"
#include "file_io.h"

#include <errno.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

/* Field numbers and values of TensorFlow's event.proto, summary.proto, tensor.proto and types.proto,
 * https://github.com/tensorflow/tensorboard/tree/master/tensorboard/compat/proto */
enum event_proto { EVENT_TIME = 1, EVENT_STEP = 2, EVENT_FILE_VERSION = 3, EVENT_SUMMARY = 5 };
enum summary_proto { SUMMARY_VALUE = 1, VALUE_TAG = 1, VALUE_NUMBER = 2, VALUE_TENSOR = 8, VALUE_METADATA = 9 };
enum metadata_proto { METADATA_PLUGIN = 1, PLUGIN_NAME = 1 }; /* SummaryMetadata, PluginData */
enum tensor_proto { TENSOR_TYPE = 1, TENSOR_SHAPE = 2, TENSOR_STRING = 8, TENSOR_IS_STRING = 7 /* DT_STRING */ };

enum { MAX_LOG = 256 << 20, RECORD_HEADER = 12, MAX_TAG = 128, MAX_STEP = 1 << 30 };

/* Where an event ends in the file, so that events that were logged twice can be taken back. */
typedef struct mark {
    long step;
    size_t end;
} mark;

typedef struct exporter {
    const char *log, *folder, *name;
    char *error;
    long line;    /* of the log, counted from 1 */
    int runs;     /* written */
    protobuf out; /* the run's file so far; empty between runs */
    time_t started;
    long per_epoch, step; /* of the run; step: of the event before */
    mark *marks;
    size_t count, room;
} exporter;

static int fail(exporter *x, const char *format, ...) __attribute__((format(printf, 2, 3)));
static int fail(exporter *x, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(x->error, TENSORBOARD_ERROR_TEXT, format, args);
    va_end(args);
    return 0;
}

/* Finds fault with the log's line. */
static int refuse(exporter *x, const char *why) { return fail(x, "%s:%ld: %s", x->log, x->line, why); }

/* CRC-32C (Castagnoli), bit by bit: logs are short. */
static uint32_t crc32c(const uint8_t *bytes, size_t size)
{
    uint32_t crc = ~0u;
    for (size_t i = 0; i < size; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (0x82f63b78 & -(crc & 1));
    }
    return ~crc;
}

/* TFRecords hold CRCs turned and shifted, since a CRC of data with a CRC in it is weak. */
static uint32_t masked_crc(const uint8_t *bytes, size_t size)
{
    const uint32_t crc = crc32c(bytes, size);
    return (crc >> 15 | crc << 17) + 0xa282ead8;
}

static size_t begin_record(exporter *x)
{
    static const uint8_t header[RECORD_HEADER];
    protobuf_raw(&x->out, header, sizeof header);
    return x->out.size;
}

static void end_record(exporter *x, size_t begun)
{
    if (x->out.failed) return;
    uint8_t *data = x->out.bytes + begun, *header = data - RECORD_HEADER;
    const uint64_t length = x->out.size - begun;
    memcpy(header, &length, sizeof length);
    const uint32_t header_crc = masked_crc(header, sizeof length), crc = masked_crc(data, length);
    memcpy(header + sizeof length, &header_crc, sizeof header_crc);
    protobuf_raw(&x->out, &crc, sizeof crc);
}

static void put_text(protobuf *p, const char *text)
{
    const size_t metadata = protobuf_begin(p, VALUE_METADATA), plugin = protobuf_begin(p, METADATA_PLUGIN);
    protobuf_text(p, PLUGIN_NAME, "text");
    protobuf_end(p, plugin);
    protobuf_end(p, metadata);
    const size_t tensor = protobuf_begin(p, VALUE_TENSOR);
    protobuf_integer(p, TENSOR_TYPE, TENSOR_IS_STRING);
    protobuf_end(p, protobuf_begin(p, TENSOR_SHAPE)); /* no dimensions: one text */
    protobuf_text(p, TENSOR_STRING, text);
    protobuf_end(p, tensor);
}

static void put_member(protobuf *p, const char *event, const char *key, const json_t *value)
{
    char tag[MAX_TAG];
    snprintf(tag, sizeof tag, "%s/%s", event, key);
    const size_t at = protobuf_begin(p, SUMMARY_VALUE);
    protobuf_text(p, VALUE_TAG, tag);
    if (json_is_number(value) || json_is_boolean(value)) {
        protobuf_float(p, VALUE_NUMBER, json_is_true(value) ? 1 : (float)json_number_value(value));
    } else if (json_is_string(value)) {
        put_text(p, json_string_value(value));
    } else {
        char *text = json_dumps(value, JSON_COMPACT);
        if (text) put_text(p, text);
        else p->failed = 1;
        free(text);
    }
    protobuf_end(p, at);
}

/* Members that say when, and are no values. */
static int is_place(const char *key)
{
    static const char *const places[] = {"event", "time", "step", "steps", "epoch"};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        if (strcmp(key, places[i]) == 0) return 1;
    return 0;
}

static int put_mark(exporter *x)
{
    if (x->count == x->room) {
        const size_t room = 2 * x->room + 64;
        mark *more = realloc(x->marks, room * sizeof *more);
        if (!more) return fail(x, "there is not enough memory");
        x->marks = more;
        x->room = room;
    }
    x->marks[x->count++] = (mark){x->step, x->out.size};
    return 1;
}

static int put_event(exporter *x, const char *event, time_t time, json_t *line)
{
    const size_t record = begin_record(x);
    protobuf_double(&x->out, EVENT_TIME, (double)time);
    protobuf_integer(&x->out, EVENT_STEP, (uint64_t)x->step);
    const size_t summary = protobuf_begin(&x->out, EVENT_SUMMARY);
    const char *key;
    json_t *value;
    json_object_foreach(line, key, value) if (!is_place(key)) put_member(&x->out, event, key, value);
    protobuf_end(&x->out, summary);
    end_record(x, record);
    return put_mark(x);
}

/* A folder and those above it. */
static int make_folders(const char *path)
{
    char part[4096];
    if (snprintf(part, sizeof part, "%s", path) >= (int)sizeof part) {
        errno = ENAMETOOLONG;
        return 0;
    }
    for (char *p = part + 1;; p++) {
        const char was = *p;
        if (was && was != '/') continue;
        *p = 0;
        if (mkdir(part, 0777) != 0 && errno != EEXIST) return 0;
        if (!was) return 1;
        *p = was;
    }
}

static int close_run(exporter *x)
{
    char folder[4096], path[4096 + 64];
    if (x->out.size == 0) return 1;
    if (x->out.failed) return fail(x, "there is not enough memory");
    int n = snprintf(folder, sizeof folder, "%s/%s", x->folder, x->name);
    if (x->runs > 0 && n < (int)sizeof folder)
        n += snprintf(folder + n, sizeof folder - (size_t)n, "-%d", x->runs + 1);
    if (n >= (int)sizeof folder) return fail(x, "%s: %s", x->folder, strerror(ENAMETOOLONG));
    if (!make_folders(folder)) return fail(x, "%s: %s", folder, strerror(errno));
    snprintf(path, sizeof path, "%s/events.out.tfevents.%010lld.digits", folder, (long long)x->started);
    if (!save_file(path, x->out.bytes, x->out.size)) return fail(x, "cannot write %s: %s", path, strerror(errno));
    x->runs++;
    x->out.size = 0;
    x->count = 0;
    return 1;
}

static int open_run(exporter *x, time_t time)
{
    x->started = time;
    x->step = -1;
    const size_t record = begin_record(x);
    protobuf_double(&x->out, EVENT_TIME, (double)time);
    protobuf_text(&x->out, EVENT_FILE_VERSION, "brain.Event:2");
    end_record(x, record);
    return put_mark(x);
}

/* A whole number of 0..MAX_STEP; -1 if it is none. */
static long whole(const json_t *value)
{
    if (!json_is_integer(value)) return -1;
    const json_int_t n = json_integer_value(value);
    return n >= 0 && n <= MAX_STEP ? (long)n : -1;
}

/* A run begins, or goes on from a checkpoint: what it logged behind that comes again. */
static int take_start(exporter *x, const char *event, time_t time, json_t *line)
{
    const json_t *config = json_object_get(json_object_get(line, "config"), "recipe");
    const long step = whole(json_object_get(line, "step")), steps = whole(json_object_get(line, "steps"));
    const long epochs = whole(json_object_get(config, "epochs"));
    if (step < 0 || steps < 1 || epochs < 1)
        return refuse(x, "\"step\", \"steps\" or the config's \"epochs\" is missing");
    if (strcmp(event, "start") == 0 && !close_run(x)) return 0;
    x->per_epoch = steps / epochs;
    if (x->out.size == 0 && !open_run(x, time)) return 0;
    while (x->count > 1 && x->marks[x->count - 1].step > step) x->count--;
    x->out.size = x->marks[x->count - 1].end;
    x->step = step;
    return put_event(x, event, time, line);
}

static int take_line(exporter *x, json_t *line)
{
    struct tm utc = {0};
    const char *event = json_string_value(json_object_get(line, "event"));
    const char *text = json_string_value(json_object_get(line, "time"));
    const char *end = text ? strptime(text, "%Y-%m-%dT%H:%M:%SZ", &utc) : NULL;
    if (!event || !end || *end) return refuse(x, "\"event\" or \"time\" is missing");
    const time_t time = timegm(&utc);
    if (strcmp(event, "start") == 0 || strcmp(event, "resume") == 0) return take_start(x, event, time, line);
    if (x->out.size == 0) return refuse(x, "there is no \"start\" before this");
    if (strcmp(event, "step") == 0) x->step = whole(json_object_get(line, "step"));
    if (strcmp(event, "epoch") == 0) {
        const long epoch = whole(json_object_get(line, "epoch"));
        x->step = epoch < 0 || epoch > MAX_STEP / x->per_epoch ? -1 : epoch * x->per_epoch;
    }
    if (x->step < 0) return refuse(x, "the number of the step or epoch is missing");
    return put_event(x, event, time, line);
}

static int take_lines(exporter *x, const char *text, size_t size)
{
    while (size > 0) {
        json_error_t e;
        const char *end = memchr(text, '\n', size);
        const size_t length = end ? (size_t)(end - text) : size;
        json_t *line = json_loadb(text, length, JSON_REJECT_DUPLICATES, &e);
        if (!line && !end) return 1; /* it is being written */
        x->line++;
        const int ok = line ? take_line(x, line) : refuse(x, e.text);
        json_decref(line);
        if (!ok) return 0;
        text += length + (end != NULL);
        size -= length + (end != NULL);
    }
    return 1;
}

int tensorboard_export(const char *log, const char *folder, const char *name, char error[TENSORBOARD_ERROR_TEXT])
{
    exporter x = {.log = log, .folder = folder, .name = name, .error = error};
    void *text;
    size_t size;
    if (!load_file(log, MAX_LOG, &text, &size)) {
        fail(&x, "%s: %s", log, strerror(errno));
        return -1;
    }
    const int ok = take_lines(&x, text, size) && close_run(&x);
    free(text);
    free(x.out.bytes);
    free(x.marks);
    return ok ? x.runs : -1;
}
