// A stand-in for NVIDIA's driver and cuBLAS in one library: memory is the host's, the one kernel it knows is the doctor's trial, streams do at once
// what they are asked, or record it while they are captured. It checks what a driver checks: the current context, handles, the kind of an image.
//   STANDIN_DEVICES=1         number of GPUs
//   STANDIN_VERSION=12080     what cuDriverGetVersion says
//   STANDIN_ARCHITECTURE=86   compute capability
//   STANDIN_MEMORY=BYTES      memory
//   STANDIN_FAIL=NAME=CODE    what a function answers
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OK = 0, INVALID = 1, EXHAUSTED = 2, NO_DEVICE = 100, BAD_DEVICE = 101, BAD_IMAGE = 200, NO_CONTEXT = 201, BAD_HANDLE = 400, NOT_FOUND = 500 };

static long number(const char *name, long otherwise) { const char *text = getenv(name); return text ? atol(text) : otherwise; }

static int planted(const char *function)
{
    const char *text = getenv("STANDIN_FAIL");
    size_t length = strlen(function);
    return text && !strncmp(text, function, length) && text[length] == '=' ? atoi(text + length + 1) : OK;
}

static void *const context = (void *)0xC0;
static _Thread_local void *current;
#define ENTER(function) do { int code = planted(#function); if (code) return code; } while (0)
#define ENTER_CONTEXT(function) do { ENTER(function); if (current != context) return NO_CONTEXT; } while (0)

// What is asked of a stream.
typedef struct Operation {
    struct Operation *next;
    enum { COPY, CLEAR, TRIAL, PRODUCT } kind;
    void *to; const void *from; size_t bytes;
    int count; float *squares;
    int transposeA, transposeB, m, n, k, lda, ldb, ldc, batch; float alpha, beta; const float *a, *b; float *c; long long strideA, strideB, strideC;
} Operation;
typedef struct { uint32_t mark; int capturing; Operation *first, **last; } Stream;

static void perform(const Operation *o)
{
    if (o->kind == COPY) memcpy(o->to, o->from, o->bytes);
    if (o->kind == CLEAR) memset(o->to, 0, o->bytes);
    if (o->kind == TRIAL) for (int i = 0; i < o->count; i++) o->squares[i] = (float)i * i;
    if (o->kind == PRODUCT)
        for (int p = 0; p < o->batch; p++)
            for (int i = 0; i < o->m; i++)
                for (int j = 0; j < o->n; j++) {
                    const float *a = o->a + p * o->strideA, *b = o->b + p * o->strideB;
                    float *c = o->c + p * o->strideC + i + (long long)j * o->ldc, sum = 0;
                    for (int l = 0; l < o->k; l++)
                        sum += (o->transposeA ? a[l + (long long)i * o->lda] : a[i + (long long)l * o->lda])
                             * (o->transposeB ? b[j + (long long)l * o->ldb] : b[l + (long long)j * o->ldb]);
                    *c = o->alpha * sum + (o->beta != 0 ? o->beta * *c : 0);
                }
}

static int ask(Stream *stream, Operation operation)
{
    if (!stream || stream->mark != 0x57) return BAD_HANDLE;
    if (!stream->capturing) { perform(&operation); return OK; }
    Operation *kept = malloc(sizeof *kept);
    *kept = operation;
    kept->next = NULL;
    *stream->last = kept;
    stream->last = &kept->next;
    return OK;
}

// The driver and its devices.
int cuInit(unsigned flags) { ENTER(cuInit); return OK; }
int cuDriverGetVersion(int *version) { ENTER(cuDriverGetVersion); *version = (int)number("STANDIN_VERSION", 12080); return OK; }
int cuGetErrorName(int code, const char **name) { static char text[32]; sprintf(text, "STANDIN_ERROR_%d", code); *name = text; return OK; }
int cuGetErrorString(int code, const char **text) { *text = "as planted"; return OK; }
int cuDeviceGetCount(int *count) { ENTER(cuDeviceGetCount); *count = (int)number("STANDIN_DEVICES", 1); return OK; }
int cuDeviceGet(int *device, int ordinal) { *device = 7 + ordinal; return ordinal < number("STANDIN_DEVICES", 1) ? OK : BAD_DEVICE; }
int cuDeviceGetName(char *name, int length, int device) { snprintf(name, length, "Stand-in GPU %d", device - 7); return OK; }
int cuDeviceTotalMem_v2(size_t *bytes, int device) { *bytes = number("STANDIN_MEMORY", 1L << 33); return OK; }
int cuDeviceGetAttribute(int *value, int attribute, int device)
{
    int architecture = (int)number("STANDIN_ARCHITECTURE", 86);
    *value = attribute == 75 ? architecture / 10 : attribute == 76 ? architecture % 10 : -1;
    return *value < 0 ? INVALID : OK;
}
int cuDevicePrimaryCtxRetain(void **result, int device) { ENTER(cuDevicePrimaryCtxRetain); *result = context; return OK; }
int cuDevicePrimaryCtxRelease_v2(int device) { return OK; }
int cuCtxSetCurrent(void *wanted) { current = wanted; return OK; }

// Memory.
static long used;
int cuMemGetInfo_v2(size_t *unused, size_t *total)
{
    ENTER_CONTEXT(cuMemGetInfo_v2);
    *total = number("STANDIN_MEMORY", 1L << 33);
    *unused = *total - used;
    return OK;
}
int cuMemAlloc_v2(void **address, size_t bytes)
{
    ENTER_CONTEXT(cuMemAlloc_v2);
    if (bytes == 0) return INVALID;
    if (used + (long)bytes > number("STANDIN_MEMORY", 1L << 33)) return EXHAUSTED;
    used += bytes;
    *address = malloc(bytes);
    return OK;
}
int cuMemFree_v2(void *address) { ENTER_CONTEXT(cuMemFree_v2); free(address); return OK; }
int cuMemHostAlloc(void **address, size_t bytes, unsigned flags) { ENTER_CONTEXT(cuMemHostAlloc); *address = malloc(bytes); return OK; }
int cuMemFreeHost(void *address) { ENTER_CONTEXT(cuMemFreeHost); free(address); return OK; }
static int copy(void *to, void *from, size_t bytes, Stream *stream)
{
    return ask(stream, (Operation){ .kind = COPY, .to = to, .from = from, .bytes = bytes });
}
int cuMemcpyHtoDAsync_v2(void *to, void *from, size_t bytes, Stream *stream) { ENTER_CONTEXT(cuMemcpyHtoDAsync_v2); return copy(to, from, bytes, stream); }
int cuMemcpyDtoHAsync_v2(void *to, void *from, size_t bytes, Stream *stream) { ENTER_CONTEXT(cuMemcpyDtoHAsync_v2); return copy(to, from, bytes, stream); }
int cuMemcpyDtoDAsync_v2(void *to, void *from, size_t bytes, Stream *stream) { ENTER_CONTEXT(cuMemcpyDtoDAsync_v2); return copy(to, from, bytes, stream); }
int cuMemsetD8Async(void *to, unsigned char value, size_t bytes, Stream *stream)
{
    ENTER_CONTEXT(cuMemsetD8Async);
    return value != 0 ? INVALID : ask(stream, (Operation){ .kind = CLEAR, .to = to, .bytes = bytes });
}

// Streams and events.
int cuStreamCreate(Stream **stream, unsigned flags)
{
    ENTER_CONTEXT(cuStreamCreate);
    *stream = calloc(1, sizeof **stream);
    (*stream)->mark = 0x57;
    return OK;
}
int cuStreamDestroy_v2(Stream *stream) { ENTER_CONTEXT(cuStreamDestroy_v2); free(stream); return OK; }
int cuStreamSynchronize(Stream *stream) { ENTER_CONTEXT(cuStreamSynchronize); return stream->mark != 0x57 ? BAD_HANDLE : stream->capturing ? 900 : OK; }
int cuStreamWaitEvent(Stream *stream, void *mark, unsigned flags) { ENTER_CONTEXT(cuStreamWaitEvent); return OK; }
int cuEventCreate(void **mark, unsigned flags) { ENTER_CONTEXT(cuEventCreate); *mark = malloc(1); return OK; }
int cuEventDestroy_v2(void *mark) { ENTER_CONTEXT(cuEventDestroy_v2); free(mark); return OK; }
int cuEventRecord(void *mark, Stream *stream) { ENTER_CONTEXT(cuEventRecord); return stream->mark == 0x57 ? OK : BAD_HANDLE; }
int cuEventSynchronize(void *mark) { ENTER_CONTEXT(cuEventSynchronize); return OK; }
int cuEventElapsedTime(float *milliseconds, void *from, void *to) { ENTER_CONTEXT(cuEventElapsedTime); *milliseconds = 1; return OK; }

// Modules and launches. A module is either a binary (ELF) or text that ends with a zero.
int cuModuleLoadData(void **module, const char *image)
{
    ENTER_CONTEXT(cuModuleLoadData);
    if (memcmp(image, "\177ELF", 4) && !strstr(image, ".visible .entry trial")) return BAD_IMAGE;
    *module = (void *)0x30;
    return OK;
}
int cuModuleUnload(void *module) { ENTER_CONTEXT(cuModuleUnload); return OK; }
int cuModuleGetFunction(void **function, void *module, const char *name)
{
    ENTER_CONTEXT(cuModuleGetFunction);
    *function = (void *)0x77;
    return module == (void *)0x30 && !strcmp(name, "trial") ? OK : NOT_FOUND;
}
int cuFuncGetAttribute(int *value, int attribute, void *function) { *value = 0; return function == (void *)0x77 ? OK : BAD_HANDLE; }
int cuFuncSetAttribute(void *function, int attribute, int value) { return function == (void *)0x77 ? OK : BAD_HANDLE; }
int cuLaunchKernel(void *function, unsigned gridX, unsigned gridY, unsigned gridZ, unsigned blockX, unsigned blockY, unsigned blockZ, unsigned sharedBytes,
                   Stream *stream, void **arguments, void **extra)
{
    ENTER_CONTEXT(cuLaunchKernel);
    if (function != (void *)0x77) return BAD_HANDLE;
    if (gridX * blockX < *(int *)arguments[0] || gridY != 1 || gridZ != 1 || blockY != 1 || blockZ != 1 || sharedBytes || extra) return INVALID;
    return ask(stream, (Operation){ .kind = TRIAL, .count = *(int *)arguments[0], .squares = *(float **)arguments[1] });
}

// Captured graphs.
int cuStreamBeginCapture_v2(Stream *stream, int mode)
{
    ENTER_CONTEXT(cuStreamBeginCapture_v2);
    if (mode < 0 || mode > 2) return INVALID;
    stream->capturing = 1;
    stream->first = NULL;
    stream->last = &stream->first;
    return OK;
}
int cuStreamEndCapture(Stream *stream, void **graph)
{
    ENTER_CONTEXT(cuStreamEndCapture);
    if (!stream->capturing) return INVALID;
    stream->capturing = 0;
    *graph = stream->first;
    return OK;
}
int cuGraphInstantiateWithFlags(void **executable, void *graph, unsigned long long flags)
{
    ENTER_CONTEXT(cuGraphInstantiateWithFlags);
    *executable = graph;
    return flags ? INVALID : OK;
}
int cuGraphLaunch(const Operation *executable, Stream *stream)
{
    ENTER_CONTEXT(cuGraphLaunch);
    for (; executable; executable = executable->next) perform(executable);
    return stream->mark == 0x57 ? OK : BAD_HANDLE;
}
int cuGraphDestroy(void *graph) { return OK; }
int cuGraphExecDestroy(void *executable) { return OK; }

// cuBLAS. It takes its workspace away when the stream changes, and wants one.
static Stream *productStream;
static int workspace;
int cublasCreate_v2(void **handle) { ENTER_CONTEXT(cublasCreate_v2); *handle = (void *)0xB1A5; return OK; }
int cublasDestroy_v2(void *handle) { return OK; }
int cublasGetProperty(int property, int *value) { *value = property == 0 ? 12 : property == 1 ? 8 : 5; return OK; }
const char *cublasGetStatusName(int status) { return "STANDIN_STATUS"; }
const char *cublasGetStatusString(int status) { return "as planted"; }
int cublasSetStream_v2(void *handle, Stream *stream) { productStream = stream; workspace = 0; return OK; }
int cublasSetWorkspace_v2(void *handle, void *address, size_t bytes) { workspace = address && bytes; return OK; }
int cublasSetMathMode(void *handle, int mode) { return mode == 0 || mode == 3 ? OK : 7; }
int cublasSgemmStridedBatched(void *handle, int transposeA, int transposeB, int m, int n, int k, const float *alpha, const float *a, int lda,
                              long long strideA, const float *b, int ldb, long long strideB, const float *beta, float *c, int ldc, long long strideC, int batch)
{
    ENTER_CONTEXT(cublasSgemmStridedBatched);
    if (handle != (void *)0xB1A5 || !workspace) return 1;
    if (lda < (transposeA ? k : m) || ldb < (transposeB ? n : k) || ldc < m) return 7;
    return ask(productStream, (Operation){ .kind = PRODUCT, .transposeA = transposeA, .transposeB = transposeB, .m = m, .n = n, .k = k, .lda = lda,
        .ldb = ldb, .ldc = ldc, .batch = batch, .alpha = *alpha, .beta = *beta, .a = a, .b = b, .c = c, .strideA = strideA, .strideB = strideB, .strideC = strideC });
}
