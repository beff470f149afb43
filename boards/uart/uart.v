// A board with an oscillator and a serial line: the block behind its UART, its lines on the board's pins.
//
// `selftest` is a square wave of the block's clock, divided: connect it to a line's pin, and that line's rising edges
// come exactly 2^SELFTEST_BITS ticks apart.
//
// LINES comes from the board's description (board.toml), with which the block is generated.
`default_nettype none
module portolan_board #(
    parameter LINES = 32,
    parameter SELFTEST_BITS = 16
) (
    input wire clk,
    // A button, low while it is pressed.
    input wire resetn,
    input wire rx,
    output wire tx,
    input wire [LINES-1:0] lines,
    output wire selftest
);
    // Whoever presses the button does so at any time; the block wants it synchronous.
    (* ASYNC_REG = "TRUE" *)
    reg [2:0] running = 3'b000;
    always @(posedge clk) running <= {running[1:0], resetn};

    reg [SELFTEST_BITS-1:0] divider = 0;
    always @(posedge clk) divider <= divider + 1'b1;
    assign selftest = divider[SELFTEST_BITS-1];

    portolan_uart portolan (
        .clk(clk), .resetn(running[2]), .rx(rx), .tx(tx), .lines(lines), .irq(), .idle()
    );
endmodule
`default_nettype wire
