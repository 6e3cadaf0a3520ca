// Runs launches: every thread of a block is a fiber on the calling thread, blocks follow one another. A fiber runs until it waits at a
// barrier or in an exchange of its warp, so the order of threads between two barriers is the one that was asked for.
#include "emulator.h"
#include <csetjmp>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <mutex>
#include <sys/mman.h>

namespace fml_emulated {

constexpr int MAX_THREADS = 1024, MAX_SHARED = 48 << 10, SHARED_BAND = 4 << 10;
constexpr size_t STACK = 256 << 10;
constexpr unsigned char BAND = 0xa5;

// The kernels' shared memory is all the variables that their library has; these two are linked before and behind it.
extern "C" unsigned char fml_shared_begin[], fml_shared_end[];

Position position;
alignas(256) unsigned char dynamic_shared[MAX_SHARED + SHARED_BAND];

// ---- fibers --------------------------------------------------------------------------------------------------------------------------

#if defined(__x86_64__)
struct Context { void* top; };
extern "C" void fml_switch(void** save, void* load) __attribute__((visibility("hidden")));
asm(R"(
.text
.hidden fml_switch
.globl fml_switch
.type fml_switch,@function
fml_switch:
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp,(%rdi)
    movq %rsi,%rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    ret
.size fml_switch,.-fml_switch
)");
static void make_context(Context& context, char* stack, size_t size, void (*body)())
{
    void** top = (void**)(((uintptr_t)stack + size) & ~(uintptr_t)15);
    *--top = nullptr; // no return address: keeps the stack aligned as after a call
    *--top = (void*)body;
    for (int i = 0; i < 6; i++) *--top = nullptr;
    context.top = top;
}
static inline void switch_context(Context& from, Context& to) { fml_switch(&from.top, to.top); }
#else
}
#include <ucontext.h>
namespace fml_emulated {
struct Context { ucontext_t state; };
static void make_context(Context& context, char* stack, size_t size, void (*body)())
{
    getcontext(&context.state);
    context.state.uc_stack.ss_sp = stack;
    context.state.uc_stack.ss_size = size;
    context.state.uc_link = nullptr;
    makecontext(&context.state, body, 0);
}
static inline void switch_context(Context& from, Context& to) { swapcontext(&from.state, &to.state); }
#endif

// ---- the block that runs -------------------------------------------------------------------------------------------------------------

enum State : unsigned char { FRESH, READY, RUNNING, AT_BARRIER, IN_WARP, ENDED };

struct Thread {
    State state;
    int fiber;
    Exchange kind;
    unsigned mask;
    Bits value, result;
    int argument, width;
};

static struct {
    const Entry* entry;
    void** arguments;
    int count, next, ended, at_barrier, sum, barrier_result;
    bool reverse;
    const char* fault;
    Thread threads[MAX_THREADS];
    int in_warp[MAX_THREADS / 32], ended_of_warp[MAX_THREADS / 32];
    int ready[MAX_THREADS], ready_head, ready_count; // a ring: every thread is in it at most once
    int idle[MAX_THREADS], idle_count, fiber_count;
    Context fibers[MAX_THREADS], home;
    int thread_of_fiber[MAX_THREADS], running_fiber;
    char* stacks;
} b;

static int ordered(int i, int count) { return b.reverse ? count - 1 - i : i; }

static void make_ready(int thread)
{
    b.threads[thread].state = READY;
    b.ready[(b.ready_head + b.ready_count++) % MAX_THREADS] = thread;
}

static int take_ready()
{
    int thread = b.ready[b.ready_head];
    b.ready_head = (b.ready_head + 1) % MAX_THREADS;
    b.ready_count--;
    return thread;
}

static void become(int thread)
{
    b.threads[thread].state = RUNNING;
    position.thread.x = thread;
}

// The running fiber waits: the next thread that is ready runs, or else whoever deals out threads decides.
static void wait()
{
    int self = b.running_fiber;
    if (b.ready_count == 0) {
        switch_context(b.fibers[self], b.home);
        return;
    }
    int thread = take_ready();
    become(thread);
    b.running_fiber = b.threads[thread].fiber;
    if (b.running_fiber != self) switch_context(b.fibers[self], b.fibers[b.running_fiber]);
}

void fail(const char* message)
{
    b.fault = message;
    switch_context(b.fibers[b.running_fiber], b.home);
}

int barrier(int value)
{
    b.threads[b.thread_of_fiber[b.running_fiber]].state = AT_BARRIER;
    b.sum += value;
    if (++b.at_barrier == b.count) {
        b.barrier_result = b.sum;
        b.at_barrier = b.sum = 0;
        for (int i = 0; i < b.count; i++) make_ready(ordered(i, b.count));
    }
    wait();
    return b.barrier_result;
}

static int source_lane(const Thread& thread, int lane)
{
    int first = lane & ~(thread.width - 1), source = lane;
    switch (thread.kind) {
        case INDEX: return first | (thread.argument & (thread.width - 1));
        case UP: source = lane - thread.argument; return source < first ? lane : source;
        case DOWN: source = lane + thread.argument; return source >= first + thread.width ? lane : source;
        case XOR: source = lane ^ thread.argument; return source >= first + thread.width ? lane : source;
        default: return lane;
    }
}

// Lets the lanes that wait with this mask go on once all of them that have not ended are there.
static void release_warp(int warp, unsigned mask, Exchange kind)
{
    int first = warp * 32, lanes = b.count - first < 32 ? b.count - first : 32;
    unsigned here = 0, ballot = 0;
    for (int lane = 0; lane < lanes; lane++) {
        if (!(mask >> lane & 1)) continue;
        const Thread& thread = b.threads[first + lane];
        if (thread.state == ENDED) continue;
        if (thread.state != IN_WARP || thread.mask != mask || thread.kind != kind) return;
        here |= 1u << lane;
        if (thread.value) ballot |= 1u << lane;
    }
    for (int lane = 0; lane < lanes; lane++) {
        if (!(here >> lane & 1)) continue;
        Thread& thread = b.threads[first + lane];
        if (kind == BALLOT) thread.result = ballot;
        else if (kind == ANY) thread.result = ballot != 0;
        else if (kind == ALL) thread.result = ballot == here;
        else if (kind == MATCH) {
            thread.result = 0;
            for (int other = 0; other < lanes; other++)
                if ((here >> other & 1) && b.threads[first + other].value == thread.value) thread.result |= 1u << other;
        }
        else {
            int source = source_lane(thread, lane);
            bool given = source < lanes && (here >> source & 1); // what an absent lane gives is undefined: not a number
            thread.result = given ? b.threads[first + source].value : ~(Bits)0;
        }
    }
    for (int i = 0; i < lanes; i++) {
        int lane = ordered(i, lanes);
        if (!(here >> lane & 1)) continue;
        make_ready(first + lane);
        b.in_warp[warp]--;
    }
}

Bits exchange(Exchange kind, unsigned mask, Bits value, int argument, int width)
{
    int self = b.thread_of_fiber[b.running_fiber], warp = self / 32;
    Thread& thread = b.threads[self];
    if (!(mask >> self % 32 & 1)) fail("a lane takes part in an exchange whose mask leaves it out");
    if (width < 1 || width > 32 || (width & (width - 1))) fail("the width of an exchange is none of 1, 2, 4, 8, 16, 32");
    thread.kind = kind;
    thread.mask = mask;
    thread.value = value;
    thread.argument = argument;
    thread.width = width;
    thread.state = IN_WARP;
    int lanes = b.count - warp * 32 < 32 ? b.count - warp * 32 : 32;
    if (++b.in_warp[warp] == lanes - b.ended_of_warp[warp] || mask != 0xffffffffu) release_warp(warp, mask, kind);
    wait();
    return thread.result;
}

static void end_thread(int thread)
{
    int warp = thread / 32;
    b.threads[thread].state = ENDED;
    b.ended++;
    b.ended_of_warp[warp]++;
    for (int i = warp * 32; b.in_warp[warp] > 0 && i < warp * 32 + 32 && i < b.count; i++)
        if (b.threads[i].state == IN_WARP) release_warp(warp, b.threads[i].mask, b.threads[i].kind);
}

static void fiber_body()
{
    int self = b.running_fiber;
    for (;;) {
        while (b.next < b.count) {
            int thread = ordered(b.next++, b.count);
            b.threads[thread].fiber = self;
            b.thread_of_fiber[self] = thread;
            b.running_fiber = self;
            become(thread);
            b.entry->run(b.arguments);
            end_thread(thread);
        }
        b.idle[b.idle_count++] = self;
        wait();
    }
}

static void make_fiber(int fiber)
{
    if (!b.stacks)
        b.stacks = (char*)mmap(nullptr, STACK * MAX_THREADS, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    // Tops are staggered, so that the fibers' hot lines do not share one set of the cache.
    make_context(b.fibers[fiber], b.stacks + STACK * fiber, STACK - (size_t)(fiber % 57) * 576, fiber_body);
}

static bool run_block()
{
    b.next = b.ended = b.at_barrier = b.sum = b.ready_head = b.ready_count = 0;
    memset(b.in_warp, 0, sizeof b.in_warp);
    memset(b.ended_of_warp, 0, sizeof b.ended_of_warp);
    for (int i = 0; i < b.count; i++) b.threads[i].state = FRESH;
    while (b.ended < b.count) {
        if (b.ready_count > 0) {
            int thread = take_ready();
            become(thread);
            b.running_fiber = b.threads[thread].fiber;
        }
        else if (b.next < b.count) {
            if (b.idle_count == 0) {
                make_fiber(b.fiber_count);
                b.idle[b.idle_count++] = b.fiber_count++;
            }
            b.running_fiber = b.idle[--b.idle_count];
        }
        else return false;
        switch_context(b.home, b.fibers[b.running_fiber]);
        if (b.fault) return false;
    }
    return true;
}

// ---- faults of memory ----------------------------------------------------------------------------------------------------------------

static thread_local sigjmp_buf* launching;
static thread_local int caught;
static struct sigaction before[32];

static void on_signal(int number, siginfo_t* info, void* context)
{
    if (launching) {
        caught = number;
        siglongjmp(*launching, 1);
    }
    const struct sigaction& old = before[number];
    if (old.sa_flags & SA_SIGINFO) old.sa_sigaction(number, info, context);
    else if (old.sa_handler != SIG_DFL && old.sa_handler != SIG_IGN) old.sa_handler(number);
    else signal(number, SIG_DFL);
}

static void listen_to_signals()
{
    static bool done = false;
    if (done) return;
    done = true;
    struct sigaction action = {};
    action.sa_sigaction = on_signal;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
    for (int number : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP}) sigaction(number, &action, &before[number]);
}

// ---- launches ------------------------------------------------------------------------------------------------------------------------

static std::mutex one_launch;

static int describe_fault(char* text, int capacity)
{
    if (b.fault) return snprintf(text, capacity, "%s (block %u,%u,%u, thread %u)", b.fault,
        position.block.x, position.block.y, position.block.z, position.thread.x);
    int exchanging = 0;
    for (int i = 0; i < b.count; i++) exchanging += b.threads[i].state == IN_WARP;
    return snprintf(text, capacity, "block %u,%u,%u cannot go on: %d threads wait at __syncthreads, %d in an exchange of their warp, %d of %d have ended",
        position.block.x, position.block.y, position.block.z, b.at_barrier, exchanging, b.ended, b.count);
}

static int run_blocks(char* text, int capacity)
{
    sigjmp_buf mark;
    if (sigsetjmp(mark, 1)) {
        launching = nullptr;
        const char* what = caught == SIGILL || caught == SIGTRAP ? "an index is beyond its array"
            : caught == SIGFPE ? "an integer is divided by zero" : "memory is touched that is nobody's";
        snprintf(text, capacity, "%s (block %u,%u,%u, thread %u)", what,
            position.block.x, position.block.y, position.block.z, position.thread.x);
        return 1;
    }
    launching = &mark;
    const dim3 grid = position.grid;
    const Bits blocks = (Bits)grid.x * grid.y * grid.z;
    bool good = true;
    for (Bits i = 0; good && i < blocks; i++) {
        Bits block = b.reverse ? blocks - 1 - i : i;
        position.block = {(unsigned)(block % grid.x), (unsigned)(block / grid.x % grid.y), (unsigned)(block / grid.x / grid.y)};
        good = run_block();
    }
    launching = nullptr;
    if (!good) describe_fault(text, capacity);
    return good ? 0 : 1;
}

}

// 0, or 1 with a message.
extern "C" __attribute__((visibility("default"))) int fml_launch(
    const fml_emulated::Entry* entry, const unsigned* grid, unsigned threads, unsigned shared_bytes, void** arguments, int reverse,
    char* text, int capacity)
{
    using namespace fml_emulated;
    std::lock_guard<std::mutex> alone(one_launch);
    listen_to_signals();
    b.entry = entry;
    b.arguments = arguments;
    b.count = (int)threads;
    b.reverse = reverse != 0;
    b.fault = nullptr;
    position = {{0, 0, 0}, {0, 0, 0}, dim3(threads), dim3(grid[0], grid[1], grid[2])};
    memset(fml_shared_begin, 0xff, (size_t)(fml_shared_end - fml_shared_begin)); // as a number it is none
    memset(dynamic_shared, 0xff, shared_bytes);
    memset(dynamic_shared + shared_bytes, BAND, SHARED_BAND);
    int result = run_blocks(text, capacity);
    for (int i = 0; result == 0 && i < SHARED_BAND; i++)
        if (dynamic_shared[shared_bytes + i] != BAND) {
            snprintf(text, capacity, "written %d bytes beyond the %u bytes of dynamic shared memory", i, shared_bytes);
            result = 1;
        }
    if (result) { // fibers hang in the middle of the kernel: all begin anew
        for (int i = 0; i < b.fiber_count; i++) {
            make_fiber(i);
            b.idle[i] = i;
        }
        b.idle_count = b.fiber_count;
    }
    return result;
}
