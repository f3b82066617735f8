package demo

import (
	"fmt"
	"net"
	"os"
	"sync/atomic"
)

// ListenLasting takes a free port of 127.0.0.1 for a process that is stopped and started on it
// again. The port lies below those that systems give to outgoing connections (Linux from
// 32768 on, others from 49152): while the process is away, nobody's call leaves from it. Ports are
// given in turn, from where this program's number leads, so that none is given twice and days that other programs
// play at the same time have theirs elsewhere.
func ListenLasting() (l net.Listener, err error) {
	const first, ports, tries = 20000, 12000, 200
	for range tries {
		at := first + (uint32(os.Getpid())*97+given.Add(1))%ports
		if l, err = net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", at)); err == nil {
			return l, nil
		}
	}
	return nil, fmt.Errorf("no free port among 127.0.0.1:%d to %d was met in %d tries: %w", first, first+ports-1, tries, err)
}

var given atomic.Uint32
