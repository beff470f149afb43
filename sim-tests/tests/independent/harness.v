// The AXI tops of four lines and one port beside each other, as the models of cocotbext-axi want to see them, in one
// Verilog so that there is one model to compile.
//
// It adds the IDs that those models need (the writer has none, so they are zero), faults on the wires between a top
// and a model, or its netlist, and a file with the writer's signals of every clock. The tops themselves are what boards get. The
// wires called ram and burst lead to our own models, with no Verilog in between.
//
// fault[0]  plain: BVALID falls after one clock, taken or not
// fault[1]  rings: WLAST comes one beat late, which is never
// fault[2]  rings: one bit of the second beat of every slot is wrong
// fault[3]  gp0: a burst that wraps goes on instead
// fault[4]  plain, beside its netlist: that one sees another bit of every written word (netlist.rs)

`timescale 1ns/1ns

module harness(
    input  wire        clock /*verilator public_flat_rw*/,
    input  wire        resetn /*verilator public_flat_rw*/,
    input  wire [4:0]  fault /*verilator public_flat_rw*/,
    input  wire [3:0]  lines /*verilator public_flat_rw*/,

    input  wire [17:0] plain_awaddr /*verilator public_flat_rw*/,
    input  wire        plain_awvalid /*verilator public_flat_rw*/,
    output wire        plain_awready /*verilator public_flat_rw*/,
    input  wire [31:0] plain_wdata /*verilator public_flat_rw*/,
    input  wire [3:0]  plain_wstrb /*verilator public_flat_rw*/,
    input  wire        plain_wvalid /*verilator public_flat_rw*/,
    output wire        plain_wready /*verilator public_flat_rw*/,
    output wire [1:0]  plain_bresp /*verilator public_flat_rw*/,
    output wire        plain_bvalid /*verilator public_flat_rw*/,
    input  wire        plain_bready /*verilator public_flat_rw*/,
    input  wire [17:0] plain_araddr /*verilator public_flat_rw*/,
    input  wire        plain_arvalid /*verilator public_flat_rw*/,
    output wire        plain_arready /*verilator public_flat_rw*/,
    output wire [31:0] plain_rdata /*verilator public_flat_rw*/,
    output wire [1:0]  plain_rresp /*verilator public_flat_rw*/,
    output wire        plain_rvalid /*verilator public_flat_rw*/,
    input  wire        plain_rready /*verilator public_flat_rw*/,
    output wire        plain_irq /*verilator public_flat_rw*/,

    input  wire [17:0] rings_awaddr /*verilator public_flat_rw*/,
    input  wire        rings_awvalid /*verilator public_flat_rw*/,
    output wire        rings_awready /*verilator public_flat_rw*/,
    input  wire [31:0] rings_wdata /*verilator public_flat_rw*/,
    input  wire [3:0]  rings_wstrb /*verilator public_flat_rw*/,
    input  wire        rings_wvalid /*verilator public_flat_rw*/,
    output wire        rings_wready /*verilator public_flat_rw*/,
    output wire [1:0]  rings_bresp /*verilator public_flat_rw*/,
    output wire        rings_bvalid /*verilator public_flat_rw*/,
    input  wire        rings_bready /*verilator public_flat_rw*/,
    input  wire [17:0] rings_araddr /*verilator public_flat_rw*/,
    input  wire        rings_arvalid /*verilator public_flat_rw*/,
    output wire        rings_arready /*verilator public_flat_rw*/,
    output wire [31:0] rings_rdata /*verilator public_flat_rw*/,
    output wire [1:0]  rings_rresp /*verilator public_flat_rw*/,
    output wire        rings_rvalid /*verilator public_flat_rw*/,
    input  wire        rings_rready /*verilator public_flat_rw*/,
    output wire        rings_irq /*verilator public_flat_rw*/,

    output wire        memory_awid /*verilator public_flat_rw*/,
    output wire [63:0] memory_awaddr /*verilator public_flat_rw*/,
    output wire [7:0]  memory_awlen /*verilator public_flat_rw*/,
    output wire [2:0]  memory_awsize /*verilator public_flat_rw*/,
    output wire [1:0]  memory_awburst /*verilator public_flat_rw*/,
    output wire [3:0]  memory_awcache /*verilator public_flat_rw*/,
    output wire [2:0]  memory_awprot /*verilator public_flat_rw*/,
    output wire        memory_awvalid /*verilator public_flat_rw*/,
    input  wire        memory_awready /*verilator public_flat_rw*/,
    output wire [63:0] memory_wdata /*verilator public_flat_rw*/,
    output wire [7:0]  memory_wstrb /*verilator public_flat_rw*/,
    output wire        memory_wlast /*verilator public_flat_rw*/,
    output wire        memory_wvalid /*verilator public_flat_rw*/,
    input  wire        memory_wready /*verilator public_flat_rw*/,
    input  wire        memory_bid /*verilator public_flat_rw*/,
    input  wire [1:0]  memory_bresp /*verilator public_flat_rw*/,
    input  wire        memory_bvalid /*verilator public_flat_rw*/,
    output wire        memory_bready /*verilator public_flat_rw*/,

    input  wire [11:0] gp0_awid /*verilator public_flat_rw*/,
    input  wire [17:0] gp0_awaddr /*verilator public_flat_rw*/,
    input  wire [7:0]  gp0_awlen /*verilator public_flat_rw*/,
    input  wire [2:0]  gp0_awsize /*verilator public_flat_rw*/,
    input  wire [1:0]  gp0_awburst /*verilator public_flat_rw*/,
    input  wire        gp0_awlock /*verilator public_flat_rw*/,
    input  wire        gp0_awvalid /*verilator public_flat_rw*/,
    output wire        gp0_awready /*verilator public_flat_rw*/,
    input  wire [11:0] gp0_wid /*verilator public_flat_rw*/,
    input  wire [31:0] gp0_wdata /*verilator public_flat_rw*/,
    input  wire [3:0]  gp0_wstrb /*verilator public_flat_rw*/,
    input  wire        gp0_wlast /*verilator public_flat_rw*/,
    input  wire        gp0_wvalid /*verilator public_flat_rw*/,
    output wire        gp0_wready /*verilator public_flat_rw*/,
    output wire [11:0] gp0_bid /*verilator public_flat_rw*/,
    output wire [1:0]  gp0_bresp /*verilator public_flat_rw*/,
    output wire        gp0_bvalid /*verilator public_flat_rw*/,
    input  wire        gp0_bready /*verilator public_flat_rw*/,
    input  wire [11:0] gp0_arid /*verilator public_flat_rw*/,
    input  wire [17:0] gp0_araddr /*verilator public_flat_rw*/,
    input  wire [7:0]  gp0_arlen /*verilator public_flat_rw*/,
    input  wire [2:0]  gp0_arsize /*verilator public_flat_rw*/,
    input  wire [1:0]  gp0_arburst /*verilator public_flat_rw*/,
    input  wire        gp0_arlock /*verilator public_flat_rw*/,
    input  wire        gp0_arvalid /*verilator public_flat_rw*/,
    output wire        gp0_arready /*verilator public_flat_rw*/,
    output wire [11:0] gp0_rid /*verilator public_flat_rw*/,
    output wire [31:0] gp0_rdata /*verilator public_flat_rw*/,
    output wire [1:0]  gp0_rresp /*verilator public_flat_rw*/,
    output wire        gp0_rlast /*verilator public_flat_rw*/,
    output wire        gp0_rvalid /*verilator public_flat_rw*/,
    input  wire        gp0_rready /*verilator public_flat_rw*/,
    output wire        gp0_irq /*verilator public_flat_rw*/,

    // Between a memory of cocotbext-axi and our master.
    input  wire [17:0] ram_awaddr /*verilator public_flat_rw*/,
    input  wire        ram_awvalid /*verilator public_flat_rw*/,
    input  wire        ram_awready /*verilator public_flat_rw*/,
    input  wire [31:0] ram_wdata /*verilator public_flat_rw*/,
    input  wire [3:0]  ram_wstrb /*verilator public_flat_rw*/,
    input  wire        ram_wvalid /*verilator public_flat_rw*/,
    input  wire        ram_wready /*verilator public_flat_rw*/,
    input  wire [1:0]  ram_bresp /*verilator public_flat_rw*/,
    input  wire        ram_bvalid /*verilator public_flat_rw*/,
    input  wire        ram_bready /*verilator public_flat_rw*/,
    input  wire [17:0] ram_araddr /*verilator public_flat_rw*/,
    input  wire        ram_arvalid /*verilator public_flat_rw*/,
    input  wire        ram_arready /*verilator public_flat_rw*/,
    input  wire [31:0] ram_rdata /*verilator public_flat_rw*/,
    input  wire [1:0]  ram_rresp /*verilator public_flat_rw*/,
    input  wire        ram_rvalid /*verilator public_flat_rw*/,
    input  wire        ram_rready /*verilator public_flat_rw*/,

    // Between a master of cocotbext-axi and our memory.
    input  wire        burst_awid /*verilator public_flat_rw*/,
    input  wire [63:0] burst_awaddr /*verilator public_flat_rw*/,
    input  wire [7:0]  burst_awlen /*verilator public_flat_rw*/,
    input  wire [2:0]  burst_awsize /*verilator public_flat_rw*/,
    input  wire [1:0]  burst_awburst /*verilator public_flat_rw*/,
    input  wire [3:0]  burst_awcache /*verilator public_flat_rw*/,
    input  wire [2:0]  burst_awprot /*verilator public_flat_rw*/,
    input  wire        burst_awvalid /*verilator public_flat_rw*/,
    input  wire        burst_awready /*verilator public_flat_rw*/,
    input  wire [63:0] burst_wdata /*verilator public_flat_rw*/,
    input  wire [7:0]  burst_wstrb /*verilator public_flat_rw*/,
    input  wire        burst_wlast /*verilator public_flat_rw*/,
    input  wire        burst_wvalid /*verilator public_flat_rw*/,
    input  wire        burst_wready /*verilator public_flat_rw*/,
    input  wire        burst_bid /*verilator public_flat_rw*/,
    input  wire [1:0]  burst_bresp /*verilator public_flat_rw*/,
    input  wire        burst_bvalid /*verilator public_flat_rw*/,
    input  wire        burst_bready /*verilator public_flat_rw*/
);

wire bvalid, wlast;
wire [63:0] wdata;
reg shown;
reg [1:0] beat;

// A response was shown in the last clock, and the master did not take it.
always @(posedge clock) begin
    shown <= bvalid & ~plain_bready & (shown | plain_bvalid);
    // A slot has four beats, and so have bursts or a multiple of it.
    beat <= beat + {1'b0, memory_wvalid & memory_wready};
    if (!resetn) begin
        shown <= 1'b0;
        beat <= 2'd0;
    end
end

assign plain_bvalid = bvalid & ~(fault[0] & shown);
assign memory_wlast = wlast & ~fault[1];
assign memory_wdata = wdata ^ {63'b0, fault[2] & (beat == 2'd1)};
assign memory_awid = 1'b0;

portolan_axi plain(
    .s_axi_aclk(clock), .s_axi_aresetn(resetn),
    .s_axi_awaddr(plain_awaddr), .s_axi_awvalid(plain_awvalid), .s_axi_awready(plain_awready),
    .s_axi_wdata(plain_wdata), .s_axi_wstrb(plain_wstrb), .s_axi_wvalid(plain_wvalid), .s_axi_wready(plain_wready),
    .s_axi_bresp(plain_bresp), .s_axi_bvalid(bvalid), .s_axi_bready(plain_bready),
    .s_axi_araddr(plain_araddr), .s_axi_arvalid(plain_arvalid), .s_axi_arready(plain_arready),
    .s_axi_rdata(plain_rdata), .s_axi_rresp(plain_rresp), .s_axi_rvalid(plain_rvalid), .s_axi_rready(plain_rready),
    .lines(lines), .irq(plain_irq), .idle(), .post_credits()
);

portolan_axi_rings rings(
    .s_axi_aclk(clock), .s_axi_aresetn(resetn),
    .s_axi_awaddr(rings_awaddr), .s_axi_awvalid(rings_awvalid), .s_axi_awready(rings_awready),
    .s_axi_wdata(rings_wdata), .s_axi_wstrb(rings_wstrb), .s_axi_wvalid(rings_wvalid), .s_axi_wready(rings_wready),
    .s_axi_bresp(rings_bresp), .s_axi_bvalid(rings_bvalid), .s_axi_bready(rings_bready),
    .s_axi_araddr(rings_araddr), .s_axi_arvalid(rings_arvalid), .s_axi_arready(rings_arready),
    .s_axi_rdata(rings_rdata), .s_axi_rresp(rings_rresp), .s_axi_rvalid(rings_rvalid), .s_axi_rready(rings_rready),
    .m_axi_awaddr(memory_awaddr), .m_axi_awlen(memory_awlen), .m_axi_awsize(memory_awsize),
    .m_axi_awburst(memory_awburst), .m_axi_awcache(memory_awcache), .m_axi_awprot(memory_awprot),
    .m_axi_awvalid(memory_awvalid), .m_axi_awready(memory_awready),
    .m_axi_wdata(wdata), .m_axi_wstrb(memory_wstrb), .m_axi_wlast(wlast),
    .m_axi_wvalid(memory_wvalid), .m_axi_wready(memory_wready),
    .m_axi_bresp(memory_bresp), .m_axi_bvalid(memory_bvalid), .m_axi_bready(memory_bready),
    .lines(lines), .irq(rings_irq), .idle(), .post_credits()
);

// The model speaks AXI4: its bursts are kept to 16 beats, its LOCK has one bit, and WID is a wire of its own.
portolan_zynq zynq(
    .s_axi_aclk(clock), .s_axi_aresetn(resetn),
    .s_axi_awid(gp0_awid), .s_axi_awaddr(gp0_awaddr), .s_axi_awlen(gp0_awlen[3:0]), .s_axi_awsize(gp0_awsize),
    .s_axi_awburst(gp0_awburst & {~fault[3], 1'b1} | {1'b0, fault[3] & gp0_awburst[1]}), .s_axi_awlock({1'b0, gp0_awlock}),
    .s_axi_awvalid(gp0_awvalid), .s_axi_awready(gp0_awready),
    .s_axi_wid(gp0_wid), .s_axi_wdata(gp0_wdata), .s_axi_wstrb(gp0_wstrb), .s_axi_wlast(gp0_wlast),
    .s_axi_wvalid(gp0_wvalid), .s_axi_wready(gp0_wready),
    .s_axi_bid(gp0_bid), .s_axi_bresp(gp0_bresp), .s_axi_bvalid(gp0_bvalid), .s_axi_bready(gp0_bready),
    .s_axi_arid(gp0_arid), .s_axi_araddr(gp0_araddr), .s_axi_arlen(gp0_arlen[3:0]), .s_axi_arsize(gp0_arsize),
    .s_axi_arburst(gp0_arburst & {~fault[3], 1'b1} | {1'b0, fault[3] & gp0_arburst[1]}), .s_axi_arlock({1'b0, gp0_arlock}),
    .s_axi_arvalid(gp0_arvalid), .s_axi_arready(gp0_arready),
    .s_axi_rid(gp0_rid), .s_axi_rdata(gp0_rdata), .s_axi_rresp(gp0_rresp), .s_axi_rlast(gp0_rlast),
    .s_axi_rvalid(gp0_rvalid), .s_axi_rready(gp0_rready),
    // Rings are another top's test; these stay off.
    .m_axi_awid(), .m_axi_awaddr(), .m_axi_awlen(), .m_axi_awsize(), .m_axi_awburst(), .m_axi_awlock(), .m_axi_awcache(),
    .m_axi_awprot(), .m_axi_awvalid(), .m_axi_awready(1'b0), .m_axi_wid(), .m_axi_wdata(), .m_axi_wstrb(),
    .m_axi_wlast(), .m_axi_wvalid(), .m_axi_wready(1'b0), .m_axi_bresp(2'b0), .m_axi_bvalid(1'b0), .m_axi_bready(),
    .lines(lines), .irq(gp0_irq), .idle(), .post_credits()
);

// What stands before each rising edge, for the checker in Rust.
integer trace;
reg [8191:0] path;
initial begin
    trace = 0;
    if ($value$plusargs("trace=%s", path)) trace = $fopen(path, "w");
end
always @(posedge clock) if (trace != 0)
    $fdisplay(trace, "%h %h %h %h %h %h %h %h %h %h %h %h %h %h %h %h %h",
        resetn, memory_awvalid, memory_awready, memory_awaddr, memory_awlen, memory_awsize, memory_awburst,
        memory_awcache, memory_awprot, memory_wvalid, memory_wready, memory_wdata, memory_wstrb, memory_wlast,
        memory_bvalid, memory_bready, memory_bresp);
final if (trace != 0) $fclose(trace);

endmodule
