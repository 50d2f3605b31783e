#include "space.h"
#include "random.h"
#include "file_io.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { VALUE_TEXT = 64, DRAWS = 100 /* for one trial unlike all others */ };

/* 0, after "FILE:LINE: …"; line 0: of no line. */
static int fail(const space *s, int line, char *error, const char *format, ...) __attribute__((format(printf, 4, 5)));
static int fail(const space *s, int line, char *error, const char *format, ...)
{
    char at[16] = "", why[SPACE_ERROR_TEXT / 2];
    va_list args;
    if (line) snprintf(at, sizeof at, "%d:", line);
    va_start(args, format);
    vsnprintf(why, sizeof why, format, args);
    va_end(args);
    snprintf(error, SPACE_ERROR_TEXT, "%.400s:%s %s", s->path, at, why);
    return 0;
}

/* ── reading ── */

/* Cuts the next word out of *at, without its quotes. NULL at the end of the line, or of what can be read: then *wrong
 * says why. */
static char *next_word(char **at, const char **wrong)
{
    char *p = *at + strspn(*at, " \t\r");
    if (!*p || *p == '#') return NULL;
    const int quoted = *p == '"';
    char *word = quoted ? ++p : p;
    p += strcspn(p, quoted ? "\"" : " \t\r\"#");
    if (quoted && !*p) *wrong = "the quote is not closed";
    else if (quoted && p[1] && !strchr(" \t\r#", p[1])) *wrong = "there is no space behind the quote";
    else if (!quoted && *p == '"') *wrong = "there is no space before the quote";
    if (*wrong) return NULL;
    *at = p;
    /* What ends the word is overwritten: a comment is the end of the line, then. */
    if (*p == '#') **at = 0;
    else if (*p) *(*at)++ = 0;
    return word;
}

static int number(const char *text, double *value)
{
    char *end;
    *value = strtod(text, &end);
    return *text && !*end && isfinite(*value);
}

/* "LOW..HIGH" */
static int is_range(const char *text, double *low, double *high)
{
    char left[VALUE_TEXT];
    const char *dots = strstr(text, "..");
    if (!dots || (size_t)(dots - text) >= sizeof left) return 0;
    memcpy(left, text, (size_t)(dots - text));
    left[dots - text] = 0;
    return number(left, low) && number(dots + 2, high);
}

/* The words behind a name are values, or a range. */
static int read_values(space *s, space_setting *to, char *error)
{
    const char **words = s->values + to->first;
    const char *last = words[to->count - 1];
    config scratch = config_default();
    char why[CONFIG_ERROR_TEXT];
    const int log = strcmp(words[0], "log") == 0, whole = strcmp(words[0], "int") == 0;
    if (to->count == 1 + (log || whole) && is_range(last, &to->low, &to->high)) {
        to->kind = log ? SPACE_LOG : whole ? SPACE_WHOLE : SPACE_EVEN;
        if (!(to->low < to->high)) return fail(s, to->line, error, "%s %s: the first must be less", to->name, last);
        if (log && !(to->low > 0))
            return fail(s, to->line, error, "%s %s: there is no logarithm of that", to->name, last);
        if (whole && (to->low != floor(to->low) || to->high != floor(to->high)))
            return fail(s, to->line, error, "%s %s: not whole numbers", to->name, last);
        for (int end = 0; end < 2; end++) {
            char text[VALUE_TEXT];
            snprintf(text, sizeof text, "%.12g", end ? to->high : to->low);
            if (!config_set(&scratch, to->name, text, why)) return fail(s, to->line, error, "%s", why);
        }
        return 1;
    }
    if (log || whole)
        return fail(s, to->line, error, "%s %s: behind it goes one range, such as 1..10", to->name, words[0]);
    for (int i = 0; i < to->count; i++) {
        if (!config_set(&scratch, to->name, words[i], why)) return fail(s, to->line, error, "%s", why);
        for (int j = 0; j < i; j++)
            if (strcmp(words[i], words[j]) == 0)
                return fail(s, to->line, error, "%s %.100s: given twice", to->name, words[i]);
    }
    return 1;
}

static int read_line(space *s, int line, char *text, int *used, char *error)
{
    const char *wrong = NULL;
    char *equals = text + strspn(text, " \t");
    equals += strcspn(equals, " \t=#\"");
    equals += strspn(equals, " \t");
    if (*equals == '=') *equals = ' ';
    char *word = next_word(&text, &wrong);
    if (!word) return !wrong || fail(s, line, error, "%s", wrong);
    if (s->count == SPACE_MAX_SETTINGS) return fail(s, line, error, "more than %d settings", SPACE_MAX_SETTINGS);
    space_setting *to = &s->settings[s->count];
    *to = (space_setting){.name = word, .line = line, .first = *used};
    for (int i = 0; config_name(i) == NULL || strcmp(config_name(i), word) != 0; i++)
        if (!config_name(i)) return fail(s, line, error, "%.100s: there is no such setting", word);
    for (int i = 0; i < s->count; i++)
        if (strcmp(s->settings[i].name, word) == 0)
            return fail(s, line, error, "%s is in line %d already", word, s->settings[i].line);
    while ((word = next_word(&text, &wrong))) {
        if (*used == SPACE_MAX_VALUES) return fail(s, line, error, "more than %d values", SPACE_MAX_VALUES);
        s->values[(*used)++] = word;
        to->count++;
    }
    if (wrong) return fail(s, line, error, "%s", wrong);
    if (to->count == 0) return fail(s, line, error, "%s has no value", to->name);
    s->count++;
    return read_values(s, to, error);
}

int space_read(const char *path, space *s, char error[SPACE_ERROR_TEXT])
{
    void *bytes;
    size_t size;
    *s = (space){.path = path};
    if (!load_file(path, SPACE_MAX_BYTES, &bytes, &size)) return fail(s, 0, error, "%s", strerror(errno));
    s->text = realloc(bytes, size + 1);
    if (!s->text) {
        free(bytes);
        return fail(s, 0, error, "there is not enough memory");
    }
    s->text[size] = 0;
    int ok = strlen(s->text) == size || fail(s, 0, error, "this is no text");
    int used = 0, line = 0;
    for (char *at = s->text, *next = at; ok && next; at = next) {
        next = strchr(at, '\n');
        if (next) *next++ = 0;
        ok = read_line(s, ++line, at, &used, error);
    }
    if (ok && s->count == 0) ok = fail(s, 0, error, "there is no setting in it");
    if (!ok) space_free(s);
    return ok;
}

void space_free(space *s)
{
    free(s->text);
    *s = (space){0};
}

int space_varies(const space_setting *setting) { return setting->kind != SPACE_VALUES || setting->count > 1; }

/* ── trials ── */

/* FNV-1a (Fowler, Noll & Vo). */
static uint64_t config_key(const config *r)
{
    char json[CONFIG_JSON];
    uint64_t key = 0xcbf29ce484222325u;
    config_json(r, json);
    for (const char *p = json; *p; p++) key = (key ^ (unsigned char)*p) * 0x100000001b3u;
    return key;
}

static int set(const space *s, const space_setting *setting, const char *value, config *r, char *error)
{
    char why[CONFIG_ERROR_TEXT];
    return config_set(r, setting->name, value, why) || fail(s, setting->line, error, "%s", why);
}

/* What must hold between a trial's values. The message begins with the name of a setting: its line is told. */
static int check(const space *s, const config *r, char *error)
{
    char why[CONFIG_ERROR_TEXT];
    if (config_check(r, why)) return 1;
    int line = 0;
    for (int i = 0; i < s->count; i++) {
        const size_t n = strlen(s->settings[i].name);
        if (strncmp(why, s->settings[i].name, n) == 0 && why[n] == ' ') line = s->settings[i].line;
    }
    return fail(s, line, error, "%s", why);
}

/* Which trial before this one has the same config; -1 = none. */
static int same_before(const space_trial *trials, int i)
{
    for (int j = 0; j < i; j++)
        if (trials[j].key == trials[i].key) return j;
    return -1;
}

int space_grid(const space *s, space_trial **trials, int *count, char error[SPACE_ERROR_TEXT])
{
    long n = 1;
    for (int i = 0; i < s->count; i++) {
        const space_setting *setting = &s->settings[i];
        if (setting->kind != SPACE_VALUES)
            return fail(s, setting->line, error, "%s: a range is for --random; a grid needs values", setting->name);
        n *= setting->count;
        if (n > SPACE_MAX_TRIALS) return fail(s, setting->line, error, "more than %d trials", SPACE_MAX_TRIALS);
    }
    space_trial *t = malloc((size_t)n * sizeof *t);
    if (!t) return fail(s, 0, error, "there is not enough memory");
    int ok = 1;
    for (int k = 0; ok && k < (int)n; k++) {
        t[k].config = config_default();
        int rest = k;
        for (int i = s->count - 1; ok && i >= 0; i--) {
            const space_setting *setting = &s->settings[i];
            ok = set(s, setting, s->values[setting->first + rest % setting->count], &t[k].config, error);
            rest /= setting->count;
        }
        ok = ok && check(s, &t[k].config, error);
        if (!ok) break;
        t[k].key = config_key(&t[k].config);
        const int same = same_before(t, k);
        if (same >= 0)
            ok = fail(s, 0, error, "trials %d and %d are the same: is a value given twice?", same + 1, k + 1);
    }
    if (!ok) {
        free(t);
        return 0;
    }
    *trials = t;
    *count = (int)n;
    return 1;
}

/* Four digits are enough for a search, can be read, and are the same on machines that round otherwise. */
static void draw_number(const space_setting *setting, random_stream *stream, char text[VALUE_TEXT])
{
    const double u = (double)(random_bits(stream) >> 11) * 0x1p-53; /* [0, 1) */
    const double low = setting->low, high = setting->high;
    double x;
    if (setting->kind == SPACE_WHOLE) {
        x = low + floor(u * (high - low + 1));
    } else {
        x = setting->kind == SPACE_LOG ? low * pow(high / low, u) : low + u * (high - low);
        snprintf(text, VALUE_TEXT, "%.4g", x);
        x = strtod(text, NULL);
    }
    snprintf(text, VALUE_TEXT, "%.15g", fmin(fmax(x, low), high));
}

static int draw(const space *s, random_stream *stream, space_trial *to, char *error)
{
    to->config = config_default();
    for (int i = 0; i < s->count; i++) {
        const space_setting *setting = &s->settings[i];
        char text[VALUE_TEXT];
        const char *value = text;
        if (setting->kind != SPACE_VALUES) draw_number(setting, stream, text);
        else value = s->values[setting->first + (int)random_below(stream, (uint32_t)setting->count)];
        if (!set(s, setting, value, &to->config, error)) return 0;
    }
    to->key = config_key(&to->config);
    return check(s, &to->config, error);
}

int space_random(const space *s, int wanted, uint64_t seed, space_trial **trials, int *count,
                 char error[SPACE_ERROR_TEXT])
{
    space_trial *t = malloc((size_t)wanted * sizeof *t);
    if (!t) return fail(s, 0, error, "there is not enough memory");
    int n = 0;
    for (int tries = 0; n < wanted && tries < DRAWS; n++) {
        random_stream stream = random_open(seed, 0x53eeb, (uint64_t)n);
        tries = 0;
        do {
            if (!draw(s, &stream, &t[n], error)) {
                free(t);
                return 0;
            }
        } while (same_before(t, n) >= 0 && ++tries < DRAWS);
        if (tries == DRAWS) break;
    }
    *trials = t;
    *count = n;
    return 1;
}
