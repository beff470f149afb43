// A Zynq-7000 board: the block between PS7's M_AXI_GP0 and S_AXI_HP0, on FCLK0, its lines on the board's pins.
//
// `selftest` is a square wave of the block's clock, divided: connect it to a line's pin, and that line's rising edges
// come exactly 2^SELFTEST_BITS ticks apart, whatever the clock's frequency is.
//
// LINES and PORTS come from the board's description (board.toml), with which the block is generated.
`default_nettype none
module portolan_board #(
    parameter LINES = 32,
    parameter PORTS = 8,
    parameter SELFTEST_BITS = 16
) (
    input wire [LINES-1:0] lines,
    output wire selftest
);
    wire fclk, fclk_resetn, clock;
    BUFG clock_buffer (.I(fclk), .O(clock));

    // PS7 lets go of the reset at any time; the block wants it synchronous.
    (* ASYNC_REG = "TRUE" *)
    reg [2:0] running = 3'b000;
    always @(posedge clock) running <= {running[1:0], fclk_resetn};

    reg [SELFTEST_BITS-1:0] divider = 0;
    always @(posedge clock) divider <= divider + 1'b1;
    assign selftest = divider[SELFTEST_BITS-1];

    wire irq;
    wire [11:0] awid, wid, bid, arid, rid;
    wire [31:0] awaddr, wdata, araddr, rdata;
    wire [3:0] awlen, wstrb, arlen;
    wire [1:0] awsize, awburst, awlock, bresp, arsize, arburst, arlock, rresp;
    wire awvalid, awready, wlast, wvalid, wready, bvalid, bready;
    wire arvalid, arready, rlast, rvalid, rready;

    wire [5:0] ring_awid, ring_wid;
    wire [63:0] ring_awaddr, ring_wdata;
    wire [7:0] ring_wstrb;
    wire [3:0] ring_awlen, ring_awcache;
    wire [2:0] ring_awsize, ring_awprot;
    wire [1:0] ring_awburst, ring_awlock, ring_bresp;
    wire ring_awvalid, ring_awready, ring_wlast, ring_wvalid, ring_wready, ring_bvalid, ring_bready;

    portolan_ps7 processor (
        .fclk(fclk), .fclk_resetn(fclk_resetn), .clock(clock), .irq(irq),
        .gp_awid(awid), .gp_awaddr(awaddr), .gp_awlen(awlen), .gp_awsize(awsize), .gp_awburst(awburst),
        .gp_awlock(awlock), .gp_awvalid(awvalid), .gp_awready(awready),
        .gp_wid(wid), .gp_wdata(wdata), .gp_wstrb(wstrb), .gp_wlast(wlast), .gp_wvalid(wvalid), .gp_wready(wready),
        .gp_bid(bid), .gp_bresp(bresp), .gp_bvalid(bvalid), .gp_bready(bready),
        .gp_arid(arid), .gp_araddr(araddr), .gp_arlen(arlen), .gp_arsize(arsize), .gp_arburst(arburst),
        .gp_arlock(arlock), .gp_arvalid(arvalid), .gp_arready(arready),
        .gp_rid(rid), .gp_rdata(rdata), .gp_rresp(rresp), .gp_rlast(rlast), .gp_rvalid(rvalid), .gp_rready(rready),
        // PS7 has 32 address bits (CAP_ADDR_BITS is the driver's to heed), and sizes of two bits.
        .hp_awid(ring_awid), .hp_awaddr(ring_awaddr[31:0]), .hp_awlen(ring_awlen), .hp_awsize(ring_awsize[1:0]),
        .hp_awburst(ring_awburst), .hp_awlock(ring_awlock), .hp_awcache(ring_awcache), .hp_awprot(ring_awprot),
        .hp_awvalid(ring_awvalid), .hp_awready(ring_awready),
        .hp_wid(ring_wid), .hp_wdata(ring_wdata), .hp_wstrb(ring_wstrb), .hp_wlast(ring_wlast),
        .hp_wvalid(ring_wvalid), .hp_wready(ring_wready),
        .hp_bresp(ring_bresp), .hp_bvalid(ring_bvalid), .hp_bready(ring_bready)
    );

    portolan_zynq portolan (
        .s_axi_aclk(clock), .s_axi_aresetn(running[2]),
        .s_axi_awid(awid), .s_axi_awaddr(awaddr[17:0]), .s_axi_awlen(awlen), .s_axi_awsize({1'b0, awsize}),
        .s_axi_awburst(awburst), .s_axi_awlock(awlock), .s_axi_awvalid(awvalid), .s_axi_awready(awready),
        .s_axi_wid(wid), .s_axi_wdata(wdata), .s_axi_wstrb(wstrb), .s_axi_wlast(wlast), .s_axi_wvalid(wvalid),
        .s_axi_wready(wready),
        .s_axi_bid(bid), .s_axi_bresp(bresp), .s_axi_bvalid(bvalid), .s_axi_bready(bready),
        .s_axi_arid(arid), .s_axi_araddr(araddr[17:0]), .s_axi_arlen(arlen), .s_axi_arsize({1'b0, arsize}),
        .s_axi_arburst(arburst), .s_axi_arlock(arlock), .s_axi_arvalid(arvalid), .s_axi_arready(arready),
        .s_axi_rid(rid), .s_axi_rdata(rdata), .s_axi_rresp(rresp), .s_axi_rlast(rlast), .s_axi_rvalid(rvalid),
        .s_axi_rready(rready),
        .m_axi_awid(ring_awid), .m_axi_awaddr(ring_awaddr), .m_axi_awlen(ring_awlen), .m_axi_awsize(ring_awsize),
        .m_axi_awburst(ring_awburst), .m_axi_awlock(ring_awlock), .m_axi_awcache(ring_awcache),
        .m_axi_awprot(ring_awprot), .m_axi_awvalid(ring_awvalid), .m_axi_awready(ring_awready),
        .m_axi_wid(ring_wid), .m_axi_wdata(ring_wdata), .m_axi_wstrb(ring_wstrb), .m_axi_wlast(ring_wlast),
        .m_axi_wvalid(ring_wvalid), .m_axi_wready(ring_wready),
        .m_axi_bresp(ring_bresp), .m_axi_bvalid(ring_bvalid), .m_axi_bready(ring_bready),
        .lines(lines), .irq(irq), .idle(), .post_credits()
    );
endmodule
`default_nettype wire
