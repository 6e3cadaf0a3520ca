// What the kernels' side and the running side of the emulator share.
#pragma once

struct uint3 { unsigned x, y, z; };

struct dim3 {
    unsigned x, y, z;
    constexpr dim3(unsigned X = 1, unsigned Y = 1, unsigned Z = 1) : x(X), y(Y), z(Z) {}
};

namespace fml_emulated {

typedef unsigned long long Bits;

// Where the running thread is.
struct Position {
    uint3 thread, block;
    dim3 block_size, grid;
};

extern Position position;
extern unsigned char dynamic_shared[];

enum Exchange { INDEX, UP, DOWN, XOR, BALLOT, ANY, ALL, MATCH, SYNC };

// The sum of the values that all threads of the block bring.
int barrier(int value);

// What a lane gets of the values that the lanes of the mask bring.
Bits exchange(Exchange kind, unsigned mask, Bits value, int argument, int width);

// Ends the launch with a message.
void fail(const char* message);

// An entry of a source: its arguments are given by address.
struct Entry {
    const char* source;
    const char* name;
    void (*run)(void** arguments);
    int argument_count;
    const int* argument_sizes;
};

}
