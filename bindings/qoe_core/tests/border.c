/* The six symbols from C. Exit code 0 where all is well. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

typedef struct {
    uint32_t abr_type, abr_window_size;
    float buffer_size_max, segment_duration, stall_threshold;
} SimConfig;

void simulate_session(void);
float simulate_and_get_score(void);
float simulate_with_config(SimConfig);
float simulate_with_config_and_get_score(SimConfig);
char *simulate_and_get_json(SimConfig);
void free_simulation_string(char *);

int main(void) {
    const float expected[] = {36.0f, 17.0f, 19.0f};
    for (uint32_t abr = 0; abr < 3; abr++) {
        SimConfig config = {abr, 3, 10.0f, 1.0f, 0.5f};
        if (simulate_with_config(config) != expected[abr]) return 1;
        if (simulate_with_config_and_get_score(config) != expected[abr]) return 2;
        char *json = simulate_and_get_json(config);
        if (!json || json[0] != '[' || !strstr(json, "\"buffer_level_secs\": 1.0")) return 3;
        free_simulation_string(json);
    }
    SimConfig odd = {7, UINT32_MAX, NAN, -INFINITY, INFINITY};
    free_simulation_string(simulate_and_get_json(odd));
    free_simulation_string(NULL);
    simulate_session();
    return simulate_and_get_score() == 19.0f ? 0 : 4;
}
