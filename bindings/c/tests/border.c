/* What a careless program does, and several threads at once. Exit code 0 where all is well. */
#include <math.h>
#include <pthread.h>
#include <segue.h>
#include <string.h>

#define EXPECT(what) do { if (!(what)) return __LINE__ % 256; } while (0)

static SegueTrace *trace;
static SegueVideo *video;
static SegueRule *rule;
static SegueProfile *profile;

static void *work(void *slot) {
    double sum = 0.0;
    for (int i = 0; i < 20; i++) {
        SegueSession *session = NULL;
        SegueSummary summary;
        if (segue_session_run(trace, video, rule, profile, 7, &session) != SEGUE_STATUS_OK) return NULL;
        if (segue_session_summary(session, &summary) != SEGUE_STATUS_OK) return NULL;
        sum += summary.wall_s;
        segue_session_free(session);
    }
    *(double *)slot = sum;
    return slot;
}

int main(void) {
    SegueSession *session = NULL;
    double x = 0.0;
    char *text = NULL;
    const double durations[] = {10.0, 5.0}, rates[] = {2000.0, 500.0}, ladder[] = {300.0, 1200.0}, odd[] = {NAN, -1.0};

    EXPECT(strcmp(segue_version(), "0.1.0") == 0);
    EXPECT(segue_trace_read(NULL, 0, &trace) == SEGUE_STATUS_POINTER);
    EXPECT(strstr(segue_error_message(), "source is null") != NULL);
    EXPECT(segue_trace_read("preset:3h", 0, &trace) == SEGUE_STATUS_INPUT);
    EXPECT(strstr(segue_error_message(), "did you mean") != NULL);
    EXPECT(segue_trace_read("\xff\xfe", 0, &trace) == SEGUE_STATUS_POINTER);
    EXPECT(segue_trace_new("t", odd, rates, 2, 0.0, &trace) == SEGUE_STATUS_INPUT);
    EXPECT(segue_trace_new("t", durations, NULL, 2, 0.0, &trace) == SEGUE_STATUS_POINTER);
    EXPECT(segue_trace_new("t", durations, rates, 0, 0.0, &trace) == SEGUE_STATUS_INPUT);
    EXPECT(segue_trace_new("t", durations, rates, SIZE_MAX, 0.0, &trace) == SEGUE_STATUS_INPUT);
    EXPECT(segue_trace_new("t", durations, rates, 2, 0.02, NULL) == SEGUE_STATUS_POINTER);
    EXPECT(segue_trace_new("t", durations, rates, 2, 0.02, &trace) == SEGUE_STATUS_OK);
    EXPECT(strcmp(segue_error_message(), "") == 0);
    EXPECT(segue_trace_duration_s(trace) == 15.0 && segue_trace_mean_kbps(trace) == 1500.0);
    EXPECT(strcmp(segue_trace_name(trace), "t") == 0 && strcmp(segue_trace_name(NULL), "") == 0);

    EXPECT(segue_video_constant("v", ladder, 2, -4.0, 60.0, &video) == SEGUE_STATUS_INPUT);
    EXPECT(segue_video_constant("v", ladder, 2, 4.0, 60.0, &video) == SEGUE_STATUS_OK);
    EXPECT(segue_video_segments(video) == 15 && segue_video_levels(video) == 2);
    EXPECT(segue_video_duration_s(video) == 60.0 && segue_video_segments(NULL) == 0);
    EXPECT(segue_rule_new("bolla", &rule) == SEGUE_STATUS_INPUT);
    EXPECT(segue_rule_new("fixed:level=1", &rule) == SEGUE_STATUS_OK);
    EXPECT(segue_profile_new("default:capacity=-1", NULL, &profile) == SEGUE_STATUS_INPUT);
    EXPECT(segue_profile_new("default", "slow-start latency:preset=4g", &profile) == SEGUE_STATUS_INPUT);
    EXPECT(segue_profile_new("default", "latency:preset=4g slow-start", &profile) == SEGUE_STATUS_OK);

    EXPECT(segue_session_run(trace, NULL, rule, profile, 0, &session) == SEGUE_STATUS_POINTER);
    EXPECT(segue_session_run(trace, video, rule, profile, 7, &session) == SEGUE_STATUS_OK);
    EXPECT(segue_session_requests(session) == 15 && segue_session_requests(NULL) == 0);
    SegueRequest request;
    EXPECT(segue_session_request(session, 15, &request) == SEGUE_STATUS_INPUT);
    EXPECT(segue_session_request(session, 14, &request) == SEGUE_STATUS_OK);
    EXPECT(request.index == 14 && request.level == 1 && request.size_bits == 4800000.0);
    EXPECT(segue_session_score(session, "fugu", &x) == SEGUE_STATUS_INPUT);
    EXPECT(segue_session_score(session, "yin", &x) == SEGUE_STATUS_OK && isfinite(x));
    EXPECT(segue_session_json(session, &text) == SEGUE_STATUS_OK && strstr(text, "segue.summary/1"));
    segue_string_free(text);
    EXPECT(segue_session_record(session, &text) == SEGUE_STATUS_OK && strstr(text, "segue.session/2"));
    segue_string_free(text);
    EXPECT(segue_session_json(session, NULL) == SEGUE_STATUS_POINTER);
    EXPECT(segue_session_summary(NULL, NULL) == SEGUE_STATUS_POINTER);
    segue_session_free(session);

    pthread_t threads[4];
    double sums[4] = {0.0};
    for (int i = 0; i < 4; i++) EXPECT(pthread_create(&threads[i], NULL, work, &sums[i]) == 0);
    for (int i = 0; i < 4; i++) EXPECT(pthread_join(threads[i], NULL) == 0);
    EXPECT(sums[0] > 0.0 && sums[0] == sums[1] && sums[1] == sums[2] && sums[2] == sums[3]);

    segue_profile_free(profile);
    segue_rule_free(rule);
    segue_video_free(video);
    segue_trace_free(trace);
    segue_session_free(NULL);
    segue_trace_free(NULL);
    segue_string_free(NULL);
    return 0;
}
