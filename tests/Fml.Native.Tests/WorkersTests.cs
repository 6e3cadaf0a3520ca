namespace Fml.Native.Tests;

public sealed unsafe class WorkersTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    public void Every_piece_runs_once(int threads)
    {
        using var workers = new Workers(threads);
        var counts = new int[1000];
        fixed (int* p = counts)
            for (var round = 0; round < 20; round++) workers.For(counts.Length - round, new Count(p));
        Assert.Equal(20, counts[0]);
        Assert.Equal(Enumerable.Range(0, 1000).Select(i => Math.Min(20, 1000 - i)), counts);
    }

    [Fact]
    public void Thousands_of_jobs_with_pauses_lose_no_wake_up()
    {
        using var workers = new Workers(4);
        var counts = new int[8];
        var random = new Random(1);
        var expected = 0;
        fixed (int* p = counts)
        {
            for (var job = 0; job < 4000; job++)
            {
                workers.For(8, new Count(p));
                expected++;
                // Long enough for the team to be spinning, falling asleep, or asleep.
                if (job % 8 == 0) Thread.SpinWait(random.Next(4000));
                if (job % 500 == 0) Thread.Sleep(1);
            }
        }
        Assert.All(counts, count => Assert.Equal(expected, count));
    }

    [Fact]
    public void A_sleeping_team_wakes_and_shares_the_work()
    {
        using var workers = new Workers(2);
        Thread.Sleep(20);
        var threads = new int[2];
        fixed (int* p = threads) workers.For(2, new Meet(p));
        Assert.NotEqual(threads[0], threads[1]);
    }

    [Fact]
    public void Callers_from_many_threads_take_turns()
    {
        using var workers = new Workers(3);
        var counts = new int[64];
        fixed (int* p = counts)
        {
            var work = new Count(p);
            Parallel.For(0, 50, _ => workers.For(64, work));
        }
        Assert.All(counts, count => Assert.Equal(50, count));
    }

    [Fact]
    public void A_failure_reaches_the_caller_and_the_team_works_on()
    {
        using var workers = new Workers(3);
        for (var round = 0; round < 50; round++)
        {
            var failure = Assert.Throws<AggregateException>(() => workers.For(100, new Fail(13)));
            Assert.Equal("piece 13", Assert.IsType<InvalidOperationException>(failure.InnerException).Message);
            var counts = new int[10];
            fixed (int* p = counts) workers.For(10, new Count(p));
            Assert.All(counts, count => Assert.Equal(1, count));
        }
    }

    [Fact]
    public void A_job_inside_a_job_stays_on_its_thread()
    {
        using var workers = new Workers(3);
        Shared = workers;
        var differing = 0;
        workers.For(20, new Outer(&differing));
        Assert.Equal(0, differing);
    }

    [Fact]
    public void A_job_allocates_nothing()
    {
        using var workers = new Workers(3);
        var counts = new int[16];
        fixed (int* p = counts)
        {
            for (var i = 0; i < 200; i++) workers.For(16, new Count(p));
            // A collection meanwhile counts what is left of the thread's allocation block: one clean round is proof enough.
            var least = long.MaxValue;
            for (var round = 0; round < 8; round++)
            {
                var before = GC.GetAllocatedBytesForCurrentThread();
                for (var i = 0; i < 200; i++) workers.For(16, new Count(p));
                least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
            }
            Assert.Equal(0, least);
        }
    }

    [Fact]
    public void A_closed_team_refuses_work()
    {
        var workers = new Workers(2);
        workers.Dispose();
        workers.Dispose();
        Assert.Throws<ObjectDisposedException>(() => workers.For(2, new Fail(-1)));
    }

    private static Workers? Shared;

    private readonly struct Count(int* counts) : IWork
    {
        public void Run(int index) => Interlocked.Increment(ref counts[index]);
    }

    private readonly struct Fail(int at) : IWork
    {
        public void Run(int index)
        {
            if (index == at) throw new InvalidOperationException($"piece {index}");
        }
    }

    /// <summary>Two pieces that wait for each other, for ten seconds at most.</summary>
    private readonly struct Meet(int* threads) : IWork
    {
        public void Run(int index)
        {
            Volatile.Write(ref threads[index], Environment.CurrentManagedThreadId);
            var other = 1 - index;
            var deadline = Environment.TickCount64 + 10_000;
            while (Volatile.Read(ref threads[other]) == 0 && Environment.TickCount64 < deadline) Thread.Yield();
        }
    }

    private readonly struct Outer(int* differing) : IWork
    {
        public void Run(int index) => Shared!.For(10, new Inner(differing, Environment.CurrentManagedThreadId));
    }

    private readonly struct Inner(int* differing, int thread) : IWork
    {
        public void Run(int index)
        {
            if (Environment.CurrentManagedThreadId != thread) Interlocked.Increment(ref *differing);
        }
    }
}
