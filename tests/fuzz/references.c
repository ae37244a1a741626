/* References of data sets of cameras in text: a first file, and after a line of "beside" the one
 * that lies beside it. */
#include "recording.h"
#include "reference.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t rest, first = fuzz_part(data, size, "beside\n", &rest);
    const uint8_t *beside = data + rest;

    size -= rest;
    fuzz_reference("pure", fuzz_file("01-01.json", data, first));
    fuzz_reference("ubfc-phys", fuzz_file("bvp_s1_T1.csv", data, first));
    fuzz_file("cv_camera_sensor_timer_stream_handler.xml", beside, size);
    fuzz_reference("lgi", fuzz_file("cms50_stream_handler.xml", data, first));
    fuzz_file("time.txt", beside, size);
    fuzz_file("gt_HR.csv", beside, size);
    fuzz_reference("vipl", fuzz_file("wave.csv", data, first));
    fuzz_reference("vipl", fuzz_file("gt_HR.csv", data, first));
    fuzz_file("Pulse Rate_BPM.txt", beside, size);
    fuzz_file("Respiration Rate_BPM.txt", beside, size);
    fuzz_reference("bp4d", fuzz_file("BP_mmHg.txt", data, first));
    return 0;
}
