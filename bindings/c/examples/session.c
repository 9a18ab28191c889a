/* One session: what a viewer on a 3G network sees with BOLA.
 *
 *     cargo build --release -p segue-c
 *     cc -I bindings/c/include -o session bindings/c/examples/session.c -L target/release -lsegue
 *     LD_LIBRARY_PATH=target/release ./session
 */
#include <segue.h>
#include <stdio.h>
#include <stdlib.h>

static void check(SegueStatus status) {
    if (status != SEGUE_STATUS_OK) {
        fprintf(stderr, "%s\n", segue_error_message());
        exit((int)status);
    }
}

int main(void) {
    SegueTrace *trace = NULL;
    SegueVideo *video = NULL;
    SegueRule *rule = NULL;
    SegueProfile *profile = NULL;
    SegueSession *session = NULL;
    check(segue_trace_read("preset:3g,seed=3", 0, &trace));
    check(segue_video_read("preset:cbr,duration=120", 0, &video));
    check(segue_rule_new("bola", &rule));
    check(segue_profile_new("default:capacity=20", NULL, &profile));
    check(segue_session_run(trace, video, rule, profile, 0, &session));

    SegueSummary summary;
    double score;
    check(segue_session_summary(session, &summary));
    check(segue_session_score(session, "pensieve-lin", &score));
    printf("%s: %zu segments, %.0f kbit/s, %zu stalls of %.2f s, QoE %.3f\n", segue_trace_name(trace),
           summary.segments, summary.mean_bitrate_kbps, summary.stall_count, summary.stall_s, score);
    for (size_t i = 0; i < segue_session_requests(session); i++) {
        SegueRequest request;
        check(segue_session_request(session, i, &request));
        printf("%zu,%zu,%.6f,%.6f\n", request.index, request.level, request.request_s, request.finish_s);
    }

    segue_session_free(session);
    segue_profile_free(profile);
    segue_rule_free(rule);
    segue_video_free(video);
    segue_trace_free(trace);
    return 0;
}
